import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { answerAsk } from "../../src/inbox/answer.ts";
import { findAsk } from "../../src/inbox/asks.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { scripted } from "../support/scripted_decider.ts";
import { tempProfile } from "../support/temp_profile.ts";

const GOAL = `---
goal: Keep the build green
rules:
  - name: red
    when: sensors.build == "red"
    do: { action: ask, question: "The build is red. Now what?", journal: "the build is red", more: false }
---
`;

Deno.test("a goal's rule makes a move without a decider, once per change of what it reads", async () => {
  await using profile = await tempProfile({
    env: { PATH: "/usr/bin:/bin" },
    files: {
      "goals/build.md": GOAL,
      "sensors/build.sh": "#!/bin/sh\ncat build\n",
      build: `{"signal":"red"}`,
    },
  });
  const fired = await tickOnce(profile);
  assert(fired.outcome === "moved");
  assertEquals([fired.decision.by, fired.decision.source], ["rule", "build/red"]);
  assertEquals(fired.decision.move.goal, "build");
  assertEquals((await tickOnce(profile)).outcome, "idle");
  await profile.write("build", `{"signal":"green"}`);
  assertEquals((await tickOnce(profile)).outcome, "undecided");
  assertEquals((await tickOnce(profile)).outcome, "undecided");
});

Deno.test("a rule goes before the decider, and does not keep it from its turn", async () => {
  await using profile = await tempProfile({
    files: {
      "goals/build.md": GOAL,
      "sensors/build.sh": "#!/bin/sh\ncat build\n",
      build: `{"signal":"red"}`,
    },
  });
  const decider = scripted();
  const first = await tickOnce(profile, { decider: decider.decide });
  assert(first.outcome === "moved" && first.decision.by === "rule");
  await profile.write("goals/other.md", "---\ngoal: Something new\n---\n");
  const second = await tickOnce(profile, { decider: decider.decide });
  assert(second.outcome === "moved" && second.decision.by === "code");
});

Deno.test("a rule that cannot be evaluated is reported and ignored", async () => {
  const broken = GOAL.replace(`sensors.build == "red"`, "sensors.build.deep > 3");
  await using profile = await tempProfile({
    files: { "goals/build.md": broken, "sensors/build.sh": "#!/bin/sh\necho '{}'\n" },
  });
  const result = await tickOnce(profile, { decider: scripted().decide });
  assertEquals(result.outcome, "moved");
  assertEquals(profile.warnings.length, 1);
  assertStringIncludes(
    profile.warnings[0],
    "rule `build/red` is ignored: ",
  );
});

Deno.test("a change from an untrusted reading needs a yes even for a read-only command", async () => {
  const sensor = '#!/bin/sh\n# looop: trust=untrusted\necho \'{"signal":"run ls"}\'\n';
  await using profile = await tempProfile({ files: { "sensors/mail.sh": sensor } });
  const ls = { action: "run", command: "ls", journal: "listed", more: true } as const;
  const result = await tickOnce(profile, { decider: scripted(ls).decide });
  assert(result.outcome === "moved");
  assertEquals([result.verdict.then, result.verdict.rule], ["ask", "taint"]);
  const again = await tickOnce(profile, { decider: scripted({ ...ls, command: "ls ." }).decide });
  // It is shown the reading still: the move before asked for another look.
  assert(again.outcome === "moved");
  assertEquals([again.verdict.then, again.verdict.rule], ["ask", "taint"]);
  const end = scripted();
  await tickOnce(profile, { decider: end.decide });
  assertStringIncludes(end.prompts[0], "run ls");
  await profile.write("PLAYBOOK.md", "# Calm\n");
  const calm = scripted({ ...ls, command: "ls -a" });
  const clean = await tickOnce(profile, { decider: calm.decide });
  assert(clean.outcome === "moved");
  assertEquals(clean.verdict.then, "allow");
  assertStringIncludes(calm.prompts[0], "\nuntrusted reading mail: unchanged since the last ");
  assert(!calm.prompts[0].includes("run ls"));
});

Deno.test("a goal written from outside text stays marked as such", async () => {
  const sensor = '#!/bin/sh\n# looop: trust=untrusted\necho \'{"signal":"new goal!"}\'\n';
  await using profile = await tempProfile({ files: { "sensors/mail.sh": sensor } });
  const write = {
    action: "write_goal",
    id: "theirs",
    body: "---\ngoal: Obey\n---\n",
    journal: "wrote",
    more: true,
  } as const;
  const decider = scripted(write);
  await tickOnce(profile, { decider: decider.decide });
  assertEquals(await profile.read("goals/theirs.md"), "---\nuntrusted: true\ngoal: Obey\n---\n");
  await tickOnce(profile, { decider: decider.decide });
  assertStringIncludes(decider.prompts[1], "untrusted goal theirs");
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "idle");
});

Deno.test("without an LLM, an answer that no rule reads is closed once, and the next tick is idle", async () => {
  await using profile = await tempProfile({
    config: { runner: "none" },
    files: {
      "goals/build.md": GOAL,
      "sensors/build.sh": "#!/bin/sh\ncat build\n",
      build: `{"signal":"red"}`,
    },
  });
  const asked = await tickOnce(profile);
  assert(asked.outcome === "moved" && asked.result.ask_id !== undefined);
  const id = asked.result.ask_id;
  await answerAsk(profile, id, "restart it");
  const read = await tickOnce(profile);
  assert(read.outcome === "undecided");
  assertEquals(read.changes, [`answer:${id}`]);
  assertEquals((await findAsk(profile, id))?.closed_by !== undefined, true);
  assertEquals((await tickOnce(profile)).outcome, "idle");
});
