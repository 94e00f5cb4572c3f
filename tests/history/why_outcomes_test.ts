import { assertEquals, assertStringIncludes } from "@std/assert";
import { ensureProfile } from "../../src/profile/ensure.ts";
import { writeIntent } from "../../src/profile/runs.ts";
import { recoverMove } from "../../src/log/recover.ts";
import { tickOnce } from "../../src/loop/run.ts";
import type { Move } from "../../src/schema/move.ts";
import { cliOn } from "../support/cli_on.ts";
import { git } from "../support/git.ts";
import { noop } from "../support/scripted_decider.ts";
import { type TempProfile, tempProfile, type TempProfileOptions } from "../support/temp_profile.ts";
import { intentOf } from "../log/intent_of.ts";

const RUN: Move = { action: "run", command: "false", journal: "tried it", more: false };
const PERMIT = [{ name: "permit", when: `move.action == "run"`, then: "allow" as const }];
const DENY = [{ name: "never", when: `move.action == "run"`, then: "deny" as const }];

/** A kind of outcome of the last run. */
interface Kind {
  options?: TempProfileOptions;
  make(profile: TempProfile): Promise<unknown>;
  /** Lines of `looop why last`, here and in a clone: by what each begins, or the whole of it. */
  says: string[];
  /** Lines that only the files of `runs/` can say. */
  here?: string[];
  /** Why a clone says less; `null`: it says all. */
  missing?: string | null;
}

const decide = (profile: TempProfile, move: Move) => tickOnce(profile, { decider: () => move });
const SENSOR = `#!/bin/sh\nprintf '{"signal":"%s"}' "$(cat pot)"\n`;
const LESS = "(what it saw, the move, prompt, answer, policy's reason, output)";

const KINDS: Record<string, Kind> = {
  "a denied move": {
    options: { config: { policy: DENY } },
    make: (profile) => decide(profile, RUN),
    says: ["policy     deny, by rule never", "done       run denied"],
    here: ["woken by   the first decision", `move       {"action":"run","command":"false"`],
    missing: LESS,
  },
  "a command that failed": {
    options: { config: { policy: PERMIT } },
    make: (profile) => decide(profile, RUN),
    says: ["  tried it (exit 1)", "policy     allow, by rule permit", "done       run made"],
    here: ["done       run made: exit 1"],
    missing: "(the move, prompt, answer",
  },
  "an interrupted command": {
    async make(profile) {
      await ensureProfile(profile);
      await writeIntent(profile, intentOf(RUN, { baseline: {}, fired: {} }));
      await recoverMove(profile);
    },
    says: [
      "  interrupted run, result unknown: tried it",
      ...["decided    by runner claude", "done       run interrupted"],
    ],
    missing: "(the move, prompt, answer",
  },
  "a schedule's own move": {
    options: {
      files: {
        "schedules/tidy.yaml": "at: 2026-01-02T03:04\ntz: UTC\ndo: {action: noop, reason: tidy}\n",
      },
    },
    make: (profile) => decide(profile, noop()),
    says: [
      "woken by   schedule:tidy was due",
      "decided    by schedule:tidy",
      "done       noop made",
    ],
    here: [`move       {"action":"noop","journal":"tidy","reason":"tidy"}`],
    missing: LESS,
  },
  "a skipped slot": {
    options: {
      files: { "schedules/tidy.yaml": "at: 2026-01-02T03:04\ntz: UTC\ncatch_up: skip\n" },
    },
    make: (profile) => decide(profile, noop()),
    says: ["  schedule tidy: skipped 2026-01-02 03:04 UTC", "woken by   schedule:tidy was due"],
    missing: LESS,
  },
  "the end of a goal": {
    options: {
      files: {
        "goals/tea.md": "---\ngoal: Tea\ndone: sensors.pot == 'empty'\n---\n",
        ...{ "sensors/pot.sh": SENSOR, "pot": "full" },
      },
    },
    async make(profile) {
      await decide(profile, noop({ more: false }));
      await profile.write("pot", "empty");
      for (let tick = 0; tick < 2; tick++) await decide(profile, noop());
    },
    says: [
      ...["  goal tea is done, took", "woken by   sensor:pot changed", "  │ now empty"],
      ...["decided    by rule tea/done", "done       archive_goal made"],
    ],
    missing: "(the move, prompt, answer",
  },
  "a budget that is used up": {
    options: {
      config: {
        budget: { decides_per_hour: 0, workers: 1, unknown_cost: "hold" },
        ...{ runner: "mine", runners: { mine: { tick: "cat next" } } },
      },
    },
    make: (profile) => tickOnce(profile),
    says: [
      ...["  over budget: 0 runner calls", "decided    nothing: a budget is used up"],
      ...["done       nothing: over budget", "led to     question "],
    ],
    missing: null,
  },
  "an invalid answer": {
    options: { config: { runner: "mine", runners: { mine: { tick: "echo nonsense" } } } },
    make: (profile) => tickOnce(profile),
    says: ["done       nothing: no decision", "cost       unknown, 2 calls"],
    here: ["error      mine's answer was rejected twice"],
    missing: "(what it saw, prompt, answer",
  },
  "a question": {
    make: (profile) =>
      decide(profile, { action: "ask", question: "Tea?", journal: "asked", more: false }),
    says: ["done       ask made", "led to     question "],
    missing: "(the move, prompt, answer",
  },
};

for (const [name, { options, make, says, here = [], missing }] of Object.entries(KINDS)) {
  Deno.test(`looop why last explains ${name}, here and in a fresh clone`, async () => {
    await using profile = await tempProfile(options);
    await make(profile);
    const dataDir = `${profile.root}/clone`;
    await git(profile.root, "clone", "-q", profile.paths.dataDir, dataDir);
    const clone = { ...profile, paths: { ...profile.paths, dataDir } };
    for (const [place, lines] of [[profile, [...says, ...here]], [clone, says]] as const) {
      const { status, stdout } = await cliOn(place, ["why", "last"]);
      assertEquals(status, 0);
      for (const line of lines) assertStringIncludes(`\n${stdout}`, `\n${line}`);
      if (place === profile) continue;
      if (missing === null) assertEquals(stdout.includes("\nmissing "), false, stdout);
      else {assertStringIncludes(
          stdout.replaceAll(/runs\/\S+\//g, "runs/…"),
          `missing    runs/… ${missing}`,
        );}
    }
  });
}
