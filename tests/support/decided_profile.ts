import { tickOnce } from "../../src/loop/run.ts";
import type { Move } from "../../src/schema/move.ts";
import { cliOn } from "./cli_on.ts";
import { noop } from "./scripted_decider.ts";
import { type TempProfile, tempProfile } from "./temp_profile.ts";

/** An answer of claude, with its cost. */
const answer = (move: Move) =>
  JSON.stringify({
    type: "result",
    subtype: "success",
    is_error: false,
    result: JSON.stringify(move),
    total_cost_usd: 0.0123,
    usage: { input_tokens: 1000, output_tokens: 50 },
  }) + "\n";

/** A profile with a read, a noop, a rule's ask, its approved move, and a failed decision. */
export async function decided(): Promise<TempProfile> {
  const profile = await tempProfile({
    files: {
      "goals/tea.md": `---
goal: tea
rules:
  - name: red
    when: sensors.build == "red"
    do: {action: run, command: "git push; :"}
---
`,
      "sensors/build.sh": `#!/bin/sh\nprintf '{"signal":"%s"}' "$(cat build)"\n`,
      "build": "green",
    },
    config: { runner: "mine", runners: { mine: { tick: "cat next", output: "claude" } } },
  });
  const run: Move = { action: "run", command: "git log -1", journal: "read the log", goal: "tea" };
  await profile.write("next", answer(run));
  await tickOnce(profile);
  await profile.write("next", answer(noop({ more: false })));
  await tickOnce(profile);
  await profile.write("build", "red");
  await tickOnce(profile);
  const [{ id }] = JSON.parse((await cliOn(profile, ["asks", "--json"])).stdout);
  await cliOn(profile, ["approve", id]);
  await tickOnce(profile);
  await profile.write("next", "");
  await profile.write("build", "blue");
  await tickOnce(profile);
  return profile;
}

/** The id of the ask that {@linkcode decided} approved. */
export async function askOf({ paths }: TempProfile): Promise<string> {
  for await (const { name } of Deno.readDir(paths.asksClosed)) return name.replace(".json", "");
  throw new Error("no ask is closed");
}
