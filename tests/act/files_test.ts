import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { archiveGoal, writeGuarded } from "../../src/act/files.ts";
import { markUntrusted, parseGoal } from "../../src/profile/goal_file.ts";
import type { Intent } from "../../src/schema/decision.ts";
import { sha256Hex } from "../../src/schema/json.ts";
import { traceWrites } from "../os/trace_writes.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

Deno.test("archiveGoal finds again what it had archived before a crash, beside a namesake", async () => {
  const text = "---\ngoal: Tea\n---\n";
  await using profile = await tempProfile({
    files: { "goals/tea.md": text, "goals/archive/tea.md": "an older one" },
  });
  const digests = { "goals/tea.md": await sha256Hex(text) };
  const paths = ["goals/tea.md", "goals/archive/tea-2.md"];
  assertEquals((await archiveGoal(profile, "tea", digests)).paths, paths);
  assertEquals(await archiveGoal(profile, "tea", digests), {
    status: "made",
    summary: "goals/tea.md is not there any more",
    paths,
  });
  assertEquals(await profile.read("goals/archive/tea-2.md"), text);
});

const TEA = "goals/tea.md";

async function exists({ paths }: TempProfile, path: string): Promise<boolean> {
  return await Deno.lstat(join(paths.dataDir, path)).then(() => true, () => false);
}

async function seen(
  content: string | Uint8Array<ArrayBuffer>,
): Promise<Record<string, string | null>> {
  return { [TEA]: await sha256Hex(content) };
}

const changed = (what: string) => ({
  status: "failed" as const,
  summary: `${TEA} ${what} since this was decided; it was not overwritten`,
  paths: [],
});

Deno.test("writeGuarded writes what the decider saw, and is done where that was written already", async () => {
  await using profile = await tempProfile({ files: { [TEA]: "old" } });
  const made = { status: "made" as const, summary: `wrote ${TEA}`, paths: [TEA] };
  const digests = await seen("old");
  assertEquals(await writeGuarded(profile, TEA, "new", digests), made);
  assertEquals(await writeGuarded(profile, TEA, "new", digests), made);
  assertEquals(await profile.read(TEA), "new");
  assertEquals(await writeGuarded(profile, "goals/b.md", "b", { "goals/b.md": null }), {
    ...made,
    summary: "wrote goals/b.md",
    paths: ["goals/b.md"],
  });
});

Deno.test("writeGuarded leaves a file that its owner alone can read", async () => {
  await using profile = await tempProfile();
  const mode = async (path: string) =>
    (await Deno.stat(join(profile.paths.dataDir, path))).mode! & 0o777;
  await profile.write(TEA, "old", 0o644);
  await writeGuarded(profile, TEA, "new", await seen("old"));
  await writeGuarded(profile, "goals/b.md", "b", {});
  await writeGuarded(profile, "sensors/a.sh", "a", {}, 0o700);
  assertEquals(
    [await mode(TEA), await mode("goals/b.md"), await mode("sensors/a.sh")],
    [0o600, 0o600, 0o700],
  );
});

Deno.test("writeGuarded leaves alone what somebody changed, made or took away", async () => {
  await using profile = await tempProfile({ files: { [TEA]: "theirs" } });
  for (const digests of [await seen("old"), { [TEA]: null }, {}]) {
    assertEquals(await writeGuarded(profile, TEA, "new", digests), changed("was changed"));
    assertEquals(await writeGuarded(profile, TEA, null, digests), changed("was changed"));
  }
  assertEquals(await profile.read(TEA), "theirs");
  await Deno.remove(join(profile.paths.dataDir, TEA));
  assertEquals(await writeGuarded(profile, TEA, "new", await seen("old")), changed("is gone"));
  assertEquals((await writeGuarded(profile, TEA, null, await seen("old"))).status, "made");
  assertEquals(await exists(profile, TEA), false);
});

Deno.test("writeGuarded without content removes what the decider saw, and is done where it is gone", async () => {
  await using profile = await tempProfile({ files: { [TEA]: "old" } });
  const made = { status: "made" as const, summary: `removed ${TEA}`, paths: [TEA] };
  assertEquals(await writeGuarded(profile, TEA, null, await seen("old")), made);
  assertEquals(await exists(profile, TEA), false);
  assertEquals(await writeGuarded(profile, TEA, null, await seen("old")), made);
  assertEquals(await writeGuarded(profile, TEA, null, {}), made);
});

for (
  const [what, call, calls] of [
    [
      "writeGuarded without content writes the directory",
      `writeGuarded(profile, "goals/tea.md", null, digests)`,
      [
        "unlink goals/tea.md",
        "sync goals",
      ],
    ],
    [
      "archiveGoal writes the copy, then the directory that it left",
      `archiveGoal(profile, "tea", digests)`,
      [
        "sync goals/archive/*.tmp",
        "rename goals/archive/*.tmp goals/archive/tea.md",
        "sync goals/archive",
        "unlink goals/tea.md",
        "sync goals",
      ],
    ],
  ] as [string, string, string[]][]
) {
  Deno.test(`${what} to the disk`, async () => {
    await using profile = await tempProfile({ files: { [TEA]: "old" } });
    // Only relative paths are listed.
    const paths = { dataDir: ".", goals: "goals" };
    const code = `import * as files from "@src/act/files.ts";
const profile = { paths: ${JSON.stringify(paths)} };
const digests = ${JSON.stringify(await seen("old"))};
const { status } = await files.${call};
if (status !== "made") throw new Error(status);`;
    const traced = await traceWrites(code, profile.paths.dataDir);
    assertEquals(traced.map((line) => line.replaceAll(/[^ /]+\.tmp\b/g, "*.tmp")), calls);
  });
}

Deno.test("archiveGoal finds a place among 1,000 of the same name, and no more", async () => {
  await using profile = await tempProfile();
  const place = (n: number) => `goals/archive/tea${n === 1 ? "" : `-${n}`}.md`;
  for (let n = 1; n < 1000; n++) await profile.write(place(n), `${n}`);
  await profile.write(TEA, "last");
  assertEquals((await archiveGoal(profile, "tea", await seen("last"))).paths[1], place(1000));
  await profile.write(TEA, "more");
  await assertRejects(
    async () => await archiveGoal(profile, "tea", await seen("more")),
    Error,
    "cannot archive goal tea: goals/archive has 1000 goals of that id; rename it",
  );
  assertEquals(await profile.read(TEA), "more");
});

Deno.test("archiveGoal passes over a directory in the place of a goal", async () => {
  await using profile = await tempProfile({
    files: { [TEA]: "text", "goals/archive/tea.md/x": "x" },
  });
  const { paths } = await archiveGoal(profile, "tea", await seen("text"));
  assertEquals(paths, [TEA, "goals/archive/tea-2.md"]);
});

Deno.test("archiveGoal moves no goal that the decider did not see", async () => {
  await using profile = await tempProfile({ files: { [TEA]: "text" } });
  for (const digests of [{}, { [TEA]: null }] as Intent["digests"][]) {
    assertEquals(await archiveGoal(profile, "tea", digests), changed("was changed"));
  }
  assertEquals(await profile.read(TEA), "text");
});

Deno.test("archiveGoal moves a goal byte by byte, even one that is no UTF-8", async () => {
  await using profile = await tempProfile();
  const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 0xff, 0x0a]);
  await profile.write(TEA, bytes);
  assertEquals(await archiveGoal(profile, "tea", await seen(bytes)), {
    status: "made",
    summary: "moved goals/tea.md to goals/archive/tea.md",
    paths: [TEA, "goals/archive/tea.md"],
  });
  assertEquals(await exists(profile, TEA), false);
  assertEquals(
    await Deno.readFile(join(profile.paths.goalsArchive, "tea.md")),
    bytes,
  );
});

Deno.test("archiveGoal keeps older goals of the same name, an empty one's place included", async () => {
  await using profile = await tempProfile({ files: { "goals/archive/tea.md": "first" } });
  for (const text of ["", "third"]) {
    await profile.write(TEA, text);
    await archiveGoal(profile, "tea", await seen(text));
  }
  const read = (name: string) => profile.read(`goals/archive/${name}.md`);
  assertEquals([await read("tea"), await read("tea-2"), await read("tea-3")], [
    "first",
    "",
    "third",
  ]);
});

Deno.test("archiveGoal finishes what a crash cut off, and leaves alone what was edited", async () => {
  await using profile = await tempProfile({
    files: { [TEA]: "text", "goals/archive/tea.md": "text" },
  });
  const digests = await seen("text");
  assertEquals((await archiveGoal(profile, "tea", digests)).paths, [TEA, "goals/archive/tea.md"]);
  assertEquals(await archiveGoal(profile, "tea", digests), {
    status: "made",
    summary: "goals/tea.md is not there any more",
    paths: [TEA, "goals/archive/tea.md"],
  });
  assertEquals(await exists(profile, "goals/archive/tea-2.md"), false);
  await profile.write(TEA, "edited");
  assertEquals(await archiveGoal(profile, "tea", digests), changed("was changed"));
});

const RULE = `rules:\n  - when: "true"\n    do: {action: run, command: touch made}\n`;

for (
  const body of [
    "---\ngoal: x\n---\n",
    "---\ngoal: x\n---",
    `---\ngoal: x\n${RULE}---\nnotes\n`,
    "---\ngoal: x\nuntrusted: false\n---\n",
    "---\nuntrusted : false\ngoal: x\n---\n",
    "---\ngoal: x\nuntrusted:\n  false\n---\n",
    `---\n"untrusted": false\ngoal: x\n---\n`,
    `---\n'untrusted': false\ngoal: x\n---\n`,
    "---\n? untrusted\n: false\ngoal: x\n---\n",
    "---\n{goal: x, untrusted: false}\n---\n",
    "---\n<<: {untrusted: false}\ngoal: x\n---\n",
    "---\n!!str untrusted: false\ngoal: x\n---\n",
    "---\r\ngoal: x\r\nuntrusted: false\r\n---\r\n",
    "---\rgoal: x\runtrusted: false\r---\r",
    "---\ngoal: x\runtrusted: false\n---\n",
    "\ufeff---\ngoal: x\n---\n",
    "---\u00a0\ngoal: x\n---\n",
    "---\ngoal: x\n---\u2003\n",
    "---\ngoal: x\n--- \n---\nuntrusted: false\n---\n",
    "---\ngoal: x\n...\n---\n",
    "---\n%YAML 1.2\n---\ngoal: x\n---\n",
    "--- # x\ngoal: x\n---\n",
    "goal: x\n",
    "",
  ]
) {
  Deno.test(`markUntrusted leaves no way to a trusted goal in ${JSON.stringify(body)}`, () => {
    assertEquals(parseGoal("x", markUntrusted(body), "d").untrusted, true);
  });
}

Deno.test("markUntrusted keeps all else of a goal", () => {
  const body = `---\ngoal: x\nuntrusted: false\npriority: 2\n---\n\nNotes: untrusted: false\n`;
  const marked = `---\nuntrusted: true\ngoal: x\npriority: 2\n---\n\nNotes: untrusted: false\n`;
  assertEquals([markUntrusted(body), markUntrusted(marked)], [marked, marked]);
});
