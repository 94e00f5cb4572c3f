import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { tickOnce } from "../../src/loop/run.ts";
import { scripted } from "../support/scripted_decider.ts";
import { tempProfile } from "../support/temp_profile.ts";

/** A goal with one rule. */
function goal(when: string): string {
  return `---
goal: it is noticed
rules:
  - name: r
    when: ${JSON.stringify(when)}
    do: {action: ask, question: "Seen?", journal: seen}
---
`;
}

const sensor = (printed: string, header = "") =>
  `#!/bin/sh\n${header}cat <<'END'\n${printed}\nEND\n`;

const CASES: [what: string, printed: string, when: string][] = [
  [
    "a text that is the value of a redacted variable",
    `{"signal":"failing"}`,
    `sensors.s == "failing"`,
  ],
  ["a part of a text", `{"signal":"it is failing now"}`, `sensors.s.contains("failing")`],
  ["a key", `{"signal":{"failing":1}}`, `"failing" in sensors.s`],
  ["a number", `{"signal":{"count":123456}}`, `sensors.s.count == 123456`],
  ["a text in a list", `{"signal":["hunter22x"]}`, `sensors.s.exists(one, one == "hunter22x")`],
  ["an encoded text", `{"signal":"${btoa("hunter22x!")}"}`, `sensors.s == "${btoa("hunter22x!")}"`],
];

const env = { STATE: "failing", PIN_TOKEN: "123456", MY_TOKEN: "hunter22x" };
const config = { redact: ["STATE"] };

for (const [what, printed, when] of CASES) {
  Deno.test(`a rule compares ${what} as the sensor printed it`, async () => {
    await using profile = await tempProfile({
      files: { "sensors/s.sh": sensor(printed), "goals/g.md": goal(when) },
      ...{ env, config, history: false },
    });
    const result = await tickOnce(profile, { decider: scripted().decide });
    assert(result.outcome === "moved", JSON.stringify(result));
    assertEquals(result.decision.by, "rule");
    assertEquals(profile.warnings.filter((text) => text.includes("rule")), []);
    const kept = await profile.read("snapshots/s.json") + await profile.read("state.json");
    assertStringIncludes(kept, "[masked ");
    for (const value of Object.values(env)) assert(!kept.includes(value), `${value} in ${kept}`);
  });
}

Deno.test("a rule compares a reading that is kept during its interval as the sensor printed it", async () => {
  await using profile = await tempProfile({
    files: { "sensors/s.sh": sensor(`{"signal":"hunter22x"}`, "# looop: interval=3600\n") },
    ...{ env, config, history: false },
  });
  const decider = scripted();
  await tickOnce(profile, { decider: decider.decide });
  await profile.write("goals/g.md", goal(`sensors.s == "hunter22x"`));
  const result = await tickOnce(profile, { decider: decider.decide });
  assert(result.outcome === "moved", JSON.stringify(result));
  assertEquals(result.decision.by, "rule");
  assert(!decider.prompts.join().includes("hunter22x"));
  const next = await tickOnce(profile, { decider: decider.decide });
  assert(next.outcome === "moved" && next.decision.by === "code", "it fires once");
});

Deno.test("a policy rule compares a reading as the sensor printed it", async () => {
  await using profile = await tempProfile({
    files: { "sensors/s.sh": sensor(`{"signal":"failing"}`) },
    config: {
      ...config,
      policy: [{ name: "red", when: `sensors.s == "failing"`, then: "deny" }],
    },
    ...{ env, history: false },
  });
  const move = { action: "ask", question: "Ship?", journal: "asked" } as const;
  const result = await tickOnce(profile, { decider: scripted(move).decide });
  assert(result.outcome === "moved", JSON.stringify(result));
  assertEquals(result.verdict.rule, "red");
});

Deno.test("a header applies as it is written, whatever a mask hides of it", async () => {
  await using profile = await tempProfile({
    files: { "sensors/s.sh": sensor(`{"signal":1}`, "# looop: trust=untrusted\n") },
    env: { STATE: "untrusted" },
    ...{ config, history: false },
  });
  await tickOnce(profile, { decider: scripted().decide });
  const snapshot = JSON.parse(await profile.read("snapshots/s.json"));
  assertEquals([snapshot.trusted, snapshot.result.ok], [false, true]);
});
