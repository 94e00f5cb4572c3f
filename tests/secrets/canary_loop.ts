import { join } from "@std/path";
import type { Move } from "../../src/schema/move.ts";
import type { CliEnd } from "../support/cli_on.ts";
import { looopOn } from "../support/looop_on.ts";
import type { TempProfile } from "../support/temp_profile.ts";
import { workerProfile } from "../support/worker_profile.ts";
import { CANARY, NAME } from "./canary.ts";

/** A profile whose environment holds the canary, with a stand-in runner that knows it, too. */
export interface CanaryLoop extends AsyncDisposable {
  profile: TempProfile;
  /** Holds the canary, and is no part of the profile. */
  leak: string;
  /** What the stand-in answers next; a text is printed on stderr in place of a move, and it fails. */
  answer(next: Partial<Move> | string): Promise<void>;
  /** Runs looop to its end; what it printed is kept. */
  looop(...args: string[]): Promise<CliEnd>;
  /** All that looop has printed so far. */
  printed(): string;
  /** All prompts that the stand-in was given. */
  prompts(): Promise<string>;
}

/** The stand-in: keeps its prompt, says what it knows, and puts the canary wherever the answer says `CANARY`. */
const RUNNER = `#!/bin/bash
here=$(dirname "$0")
cat >>"$here/prompts"
echo "about to use $MY_TOKEN" >&2
answer=$(<"$here/answer")
escaped=$(sed 's/"/\\\\\\\\"/g; s/[&/]/\\\\&/g' <<<"$MY_TOKEN")
sed "s/CANARY/$escaped/g" "$here/answer"
case $answer in fail*) echo "no luck with $MY_TOKEN" >&2; exit 3 ;; esac
`;

/** Makes one; `files` are those of its data directory. */
export async function canaryLoop(files: Record<string, string>): Promise<CanaryLoop> {
  const profile = await workerProfile({ files, env: { [NAME]: CANARY } });
  const at = (name: string) => join(profile.root, name);
  const [leak, runner] = [at("leak"), at("runner.sh")];
  await Deno.writeTextFile(leak, CANARY);
  await Deno.writeTextFile(runner, RUNNER);
  const config = {
    runner: "mine",
    runners: {
      mine: {
        tick: `: "$${NAME}"; bash '${runner}'`,
        worker: `cat '${leak}'; echo; "$LOOOP_BIN" flag w "look at $(cat '${leak}')"; ` +
          `"$LOOOP_BIN" ask w "may I use $(cat '${leak}') now?" --options "yes $(cat '${leak}'),no"`,
      },
    },
    policy: [{ name: "tests", when: 'move.action == "run"', then: "allow", env: [NAME] }],
    notify: 'echo "$LOOOP_QUESTION $MY_TOKEN" >&2; exit 1',
  };
  await Deno.writeTextFile(profile.configPath, JSON.stringify(config));
  let printed = "";
  return {
    profile,
    leak,
    answer: (next) =>
      Deno.writeTextFile(
        at("answer"),
        typeof next === "string" ? `fail ${next}` : JSON.stringify(next),
      ),
    async looop(...args) {
      await using process = looopOn(profile, args);
      const end = await process.end;
      printed += `$ looop ${args[0]}\n${end.stdout}${end.stderr}`;
      return end;
    },
    printed: () => printed,
    prompts: () => Deno.readTextFile(at("prompts")),
    [Symbol.asyncDispose]: () => profile[Symbol.asyncDispose](),
  };
}
