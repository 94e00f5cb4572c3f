import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { tickOnce } from "../../src/loop/run.ts";
import { noop, scripted } from "../support/scripted_decider.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { CANARY, NAME, tracesIn } from "./canary.ts";

const MASKED = `[masked ${NAME}]`;

/** A goal whose rule uses the canary, as its author wrote it; masked, its aim would be no YAML text. */
const GOAL = `---
goal: ${CANARY}
rules:
  - name: red
    when: sensors.build.signal == "red"
    do: {action: ask, question: ${JSON.stringify(`Is ${CANARY} right?`)}}
---
Log in with ${CANARY}.
`;

Deno.test("a goal and PLAYBOOK that hold a secret are masked in the prompt, and in all that is kept of them", async () => {
  await using profile = await tempProfile({
    files: {
      "goals/login.md": GOAL,
      "PLAYBOOK.md": `# Use ${CANARY}\n${"x".repeat(1950)}${CANARY}`,
    },
    env: { [NAME]: CANARY },
  });
  const decider = scripted(noop(), noop());
  const run = () => tickOnce(profile, { decider: decider.decide });
  assertEquals((await run()).outcome, "moved");
  await profile.write("PLAYBOOK.md", `# Use ${CANARY} again\n`);
  await profile.write("goals/login.md", GOAL.replace("Log in", "Sign in"));
  assertEquals((await run()).outcome, "moved");
  assertEquals((await run()).outcome, "idle");
  assertEquals(decider.prompts.flatMap(tracesIn), []);
  assertStringIncludes(decider.prompts[0], `# Use ${MASKED}`);
  assertStringIncludes(decider.prompts[1], `  + Sign in with ${MASKED}.`);
  const state = await profile.read("state.json");
  assertEquals(tracesIn(state), []);
  assertStringIncludes(state, MASKED);
  for await (const run of Deno.readDir(profile.paths.runs)) {
    for await (const { name } of Deno.readDir(`${profile.paths.runs}/${run.name}`)) {
      assertEquals(tracesIn(await profile.read(`runs/${run.name}/${name}`)), [], name);
    }
  }
});

Deno.test("a goal's rule that holds a secret is read and made as it is written", async () => {
  await using profile = await tempProfile({
    files: {
      "goals/login.md": GOAL,
      "sensors/build.sh": `#!/bin/sh\necho '{"signal":{"signal":"red"}}'\n`,
    },
    env: { [NAME]: CANARY },
  });
  const result = await tickOnce(profile, { decider: scripted().decide });
  assert(result.outcome === "moved" && result.decision.move.action === "ask");
  assertEquals(result.decision.move.question, `Is ${CANARY} right?`);
  assertEquals(profile.warnings, []);
  const ask = JSON.parse(await profile.read(`asks/${result.result.ask_id}.json`));
  assertEquals(ask.question, `Is ${MASKED} right?`);
});

Deno.test("a decider may not write a mask over what it hides", async () => {
  await using profile = await tempProfile({
    files: { "goals/login.md": GOAL },
    env: { [NAME]: CANARY },
  });
  const body = `---\ngoal: log in\n---\nLog in with ${MASKED}.\n`;
  const journal = "tidied";
  const result = await tickOnce(profile, {
    decider: scripted({ action: "write_goal", id: "login", body, journal }).decide,
  });
  assert(result.outcome === "failed");
  assertEquals(
    result.error.message,
    `the decider's answer was rejected: it contains ${MASKED}, which hides a secret; leave that file to the user`,
  );
  assertEquals(await profile.read("goals/login.md"), GOAL);
});

Deno.test("a goal that a move writes with a secret wakes the loop no second time", async () => {
  await using profile = await tempProfile({ env: { [NAME]: CANARY } });
  const body = `---\ngoal: log in\n---\nLog in with ${CANARY}.\n`;
  const decider = scripted({ action: "write_goal", id: "login", body, journal: "w", more: false });
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "moved");
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "idle");
  assertEquals(await profile.read("goals/login.md"), body);
});
