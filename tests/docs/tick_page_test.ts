import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);
const STAGES = ["sense", "diff", "decide", "admit", "act", "log"];

function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, ROOT));
}

Deno.test("docs/tick.md names functions where they are defined", async () => {
  const page = (await read("docs/tick.md")).replaceAll(/\s+/g, " ");
  const named = [...page.matchAll(/`(\w+)` \(\[`([^`]+\.ts)`\]/g)];
  assert(named.length >= 20, `only ${named.length} functions with a file were found`);
  const missing: string[] = [];
  for (const [, name, path] of named) {
    const defined = new RegExp(`^export (async )?(function|const|class) ${name}\\b`, "m");
    if (!defined.test(await read(path))) missing.push(`${name} in ${path}`);
  }
  assertEquals(missing, []);
});

Deno.test("docs/tick.md describes the stages in the order in which tick calls them", async () => {
  const page = await read("docs/tick.md");
  assertEquals([...page.matchAll(/^\*\*(\w+)\*\*/gm)].map(([, stage]) => stage), STAGES);
  const source = await read("src/loop/tick.ts");
  const body = source.slice(source.indexOf("export async function tick("));
  const calls = [...body.matchAll(/await (\w+)\(/g)].map(([, name]) => name);
  assertEquals(calls.filter((name) => STAGES.includes(name)), STAGES);
  for (const stage of STAGES) {
    assert((await read(`src/${stage}/${stage}.ts`)).length > 0);
    assert(page.includes(`src/${stage}/`), `${stage} is not linked`);
  }
});
