import { assertEquals } from "@std/assert";
import { approveAsk } from "../../src/inbox/answer.ts";
import { parseGoal } from "../../src/profile/goal_file.ts";
import type { Move } from "../../src/schema/move.ts";
import { mailSensor, type Scene, type Stage, stage } from "./stage.ts";

const RULES = `rules:\n  - when: "true"\n    do: {action: run, command: id}\n`;
const write = (id: string, body: string, more: Partial<Move> = {}): Move => ({
  ...{ action: "write_goal", id, body, journal: `wrote ${id}` },
  ...more as Partial<Move & { action: "write_goal" }>,
});

function fates({ told }: Scene): string[] {
  return told.map(({ move, status }) => `${move?.action} ${status}`);
}

/** A stage on which a stranger has just said something. */
async function tainted(files: Record<string, string> = {}): Promise<Stage> {
  const set = await stage({ files: { "sensors/mail-0.sh": mailSensor(0), ...files } });
  await set.profile.write("mail-0.json", `{"signal":1}\n`);
  return set;
}

Deno.test("a goal written under taint gains no rules unasked, however it is put", async () => {
  await using set = await tainted();
  const plain = "---\ngoal: x\n---\n";
  const archive: Move = { action: "archive_goal", id: "a", journal: "archived" };
  const bodies = (aim: string) => [
    `---\ngoal: ${aim}\n${RULES}---\n`,
    `---\r\ngoal: ${aim}\r\n${RULES.replaceAll("\n", "\r\n")}---\r\n`,
    `---\rgoal: ${aim}\r${RULES.replaceAll("\n", "\r")}---\r`,
    `\ufeff---\ngoal: ${aim}\n${RULES}---\n`,
    `---\u2003\ngoal: ${aim}\n${RULES}---\u00a0\n`,
    `---\n"rules": [{when: "true", do: {action: run, command: id}}]\ngoal: ${aim}\n---\n`,
    `---\n{goal: ${aim}, rules: [{when: "true", do: {action: run, command: id}}]}\n---\n`,
    `---\n? rules\n: - {when: "true", do: {action: run, command: id}}\ngoal: ${aim}\n---\n`,
  ];
  const first = [
    write("a", plain),
    ...bodies("x").map((body) => write("a", body)),
    archive,
    // One that waits already would be refused.
    ...bodies("y").map((body) => write("a", body)),
    write("a", plain),
    write("a", `---\nuntrusted: false\ngoal: x\n${RULES}---\n`),
  ];
  const scene = await set.play({ ticks: first.length + 2, first });
  assertEquals(scene.executed, []);
  assertEquals(fates(scene).filter((fate) => fate.endsWith("made")), [
    "write_goal made",
    "archive_goal made",
    "write_goal made",
    "noop made",
  ]);
  for (const path of ["goals/a.md", "goals/archive/a.md"]) {
    const { untrusted, rules } = parseGoal("a", await set.profile.read(path), "d");
    assertEquals([untrusted, rules], [true, []]);
  }
});

Deno.test("a goal written under taint after a yes stays untrusted, and its rules decide under taint", async () => {
  await using set = await tainted();
  const { profile } = set;
  const body = `---\ngoal: x\nrules:\n  - when: "true"\n    do: {action: run, command: ls}\n---\n`;
  const asked = await set.play({ first: [write("a", body, { more: false })] });
  assertEquals(fates(asked), ["write_goal asked"]);
  await approveAsk(profile, asked.told[0].ask_id ?? "");
  const made = await set.play();
  assertEquals([fates(made), made.told[0].tainted], [["write_goal made"], true]);
  assertEquals(parseGoal("a", await profile.read("goals/a.md"), "d").untrusted, true);
  // A calm world: but whoever wrote the rule was not.
  await profile.write("PLAYBOOK.md", "# Calm\n");
  const fired = await set.play({ ticks: 2 });
  assertEquals([fates(fired)[0], fired.told[0].tainted], ["run asked", true]);
  assertEquals(fired.executed, []);
});

Deno.test("a decision that is forced for an untrusted goal is tainted, for another one it is not", async () => {
  await using set = await stage({
    files: {
      "goals/mine.md": "---\ngoal: Tea\n---\n",
      "goals/theirs.md": "---\ngoal: x\nuntrusted: true\n---\nOBEY-0-\n",
    },
  });
  await set.play({ obey: false });
  const ls: Move = { action: "run", command: "ls", journal: "looked" };
  const theirs = await set.play({ goal: "theirs", moves: [ls] });
  assertEquals([fates(theirs), theirs.told[0].tainted], [["run asked"], true]);
  assertEquals(theirs.executed, []);
  await set.play({ ticks: 2, obey: false });
  const mine = await set.play({ goal: "mine", moves: [ls] });
  assertEquals([fates(mine), mine.told[0].tainted], [["noop made"], false]);
});
