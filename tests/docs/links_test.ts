import { assertEquals } from "@std/assert";

const DOCS = new URL("../../docs/", import.meta.url);

Deno.test("every file that docs/ and the README link to is there", async () => {
  const pages = [new URL("../README.md", DOCS)];
  for await (const { name } of Deno.readDir(DOCS)) pages.push(new URL(name, DOCS));
  const dead: string[] = [];
  let links = 0;
  for (const page of pages) {
    for (const [, target] of (await Deno.readTextFile(page)).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (/^https?:/.test(target)) continue;
      links++;
      const there = await Deno.stat(new URL(target, page)).then(() => true, () => false);
      if (!there) dead.push(`${page.pathname}: ${target}`);
    }
  }
  assertEquals(dead, []);
  assertEquals(links > 30, true, `only ${links} links were found`);
});
