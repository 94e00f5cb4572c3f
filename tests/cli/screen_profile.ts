import { join } from "@std/path";
import { propose } from "../../src/documents/propose.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { configSchema } from "../../src/schema/config.ts";
import type { Move } from "../../src/schema/move.ts";
import { SetClock } from "../support/set_clock.ts";
import type { TempProfile } from "../support/temp_profile.ts";
import { start, untilPrinted, workerProfile } from "../support/worker_profile.ts";

/** What the path of the profile's directory is shown as, of the same length. */
export const SHOWN_ROOT = "/home/ann/projects/looop-profile";

/** When the screens are taken. */
export const NOW = "2026-11-25T09:30:00Z";

const GOALS = {
  "goals/keep-green.md": `---
goal: The main branch of ~/src/site builds
priority: 3
rules:
  - name: red
    when: sensors.ci.branch == "red"
    do: {action: run, command: "make -C ~/src/site deploy-previous; make notify"}
---
If it is red for a reason outside the repository, tell me.
`,
  "goals/close-tickets.md": `---
goal: Close every support ticket that is older than a week
due: 2026-11-24T18:00:00Z
metric: {value: sensors.tickets.open, from: 12, to: 0}
budget_usd: 5
---
`,
  "goals/ship-1-0.md":
    "---\ngoal: Release version 1.0 with notes in plain words\npriority: 1\n---\n",
};

const SCHEDULES = {
  "schedules/standup.yaml":
    `cron: "0 9 * * 1-5"\ntz: UTC\nnote: Write the standup notes of the day into reports/standup.md\n`,
  "schedules/backup.yaml": "every: 12h\nnote: Check that last night's backup is complete\n",
};

/** An answer of claude, with its cost. */
export const answer = (move: Move, usd: number) =>
  JSON.stringify({
    ...{ type: "result", subtype: "success", is_error: false, result: JSON.stringify(move) },
    ...{ total_cost_usd: usd, usage: { input_tokens: 6200, output_tokens: 180 } },
    modelUsage: { "claude-sonnet-5": {} },
  }) + "\n";

/** A profile after three days of work: each kind of record is there, and no pulse runs. */
export interface ScreenProfile extends TempProfile {
  /** The time, as ISO 8601. */
  set(at: string): void;
}

/**
 * Makes it. Its directory has a path of fixed length, so that lines break at the same places in each run; the times of its
 * commits are those of its clock.
 */
export async function screenProfile(): Promise<ScreenProfile> {
  const time = new SetClock("2026-11-23T08:00:00Z");
  const clock = { now: () => time.now(), sleep: () => Promise.resolve() };
  const config = {
    runner: "mine",
    budget: { usd_per_day: 8, unknown_cost: "ignore" },
    runners: {
      mine: {
        tick: "cat next",
        output: "claude",
        worker: "echo reading the code; sleep 600",
      },
    },
    policy: [{
      name: "no-push",
      when: `move.action == "run" && move.command.contains("git push")`,
      then: "deny",
    }],
  } as const;
  const profile = await workerProfile({
    clock,
    pathLength: SHOWN_ROOT.length,
    env: { TZ: "UTC" },
    files: {
      ...GOALS,
      "PLAYBOOK.md": "# Playbook\n\nAsk before anything that customers see.\n",
      "sensors/ci.sh": `#!/bin/sh\nprintf '{"branch":"%s"}' "$(cat ci)"\n`,
      "sensors/tickets.sh":
        `#!/bin/sh\n# looop: interval=60\nprintf '{"signal":{"open":%s}}' "$(cat tickets)"\n`,
      "ci": "green",
      "tickets": "12",
    },
  });
  await Deno.writeTextFile(profile.configPath, JSON.stringify(config));
  await datedGit(profile);
  const made = {
    ...profile,
    set: (at: string) => time.set(at),
    config: configSchema.parse(config),
  };
  await live(made);
  await addRecords(made);
  await pass(made, NOW);
  return made;
}

/** Puts a git on PATH that dates commits by the file `now`. */
async function datedGit({ root, environment }: TempProfile): Promise<void> {
  const dir = join(root, "bin");
  await Deno.mkdir(dir);
  const { stdout } = await new Deno.Command("sh", { args: ["-c", "command -v git"] }).output();
  const git = new TextDecoder().decode(stdout).trim();
  await Deno.writeTextFile(
    join(dir, "git"),
    `#!/bin/sh\nread -r at <'${root}/now'\nGIT_AUTHOR_DATE=$at GIT_COMMITTER_DATE=$at exec ${git} "$@"\n`,
    { mode: 0o755 },
  );
  environment.PATH = `${dir}:${environment.PATH}`;
}

async function pass(profile: ScreenProfile, at: string): Promise<void> {
  profile.set(at);
  await Deno.writeTextFile(join(profile.root, "now"), `${at}\n`);
}

/** Lets the loop decide what these three days bring. */
async function live(profile: ScreenProfile): Promise<void> {
  const decide = async (at: string, move: Move, usd: number) => {
    await pass(profile, at);
    await profile.write("next", answer(move, usd));
    await tickOnce(profile);
  };
  await decide("2026-11-23T08:00:00Z", {
    action: "run",
    command: "git log -1",
    journal: "read the last commit of the notes",
    goal: "keep-green",
    more: false,
  }, 0.0312);
  await profile.write("tickets", "9");
  await decide("2026-11-24T10:15:00Z", {
    action: "write_goal",
    id: "ship-1-0",
    body: GOALS["goals/ship-1-0.md"] + "\nThe release notes are still missing.\n",
    journal: "noted that the release notes are missing",
    goal: "ship-1-0",
    more: false,
  }, 0.0421);
  for (const [name, text] of Object.entries(SCHEDULES)) await profile.write(name, text);
  await profile.write("tickets", "7");
  await decide("2026-11-25T08:40:00Z", {
    action: "ask",
    question:
      "Ticket 4711 asks for a refund of 180 euros. Shall I offer it, or the voucher of the same value?",
    options: ["refund", "voucher"],
    ref: "https://example.org/tickets/4711",
    journal: "asked whether to refund ticket 4711",
    goal: "close-tickets",
    more: false,
  }, 0.0388);
  await profile.write("ci", "red");
  await pass(profile, "2026-11-25T09:05:00Z");
  await tickOnce(profile);
  await profile.write(
    "sensors/site.sh",
    "#!/bin/sh\necho 'could not resolve example.org' >&2; exit 6\n",
  );
  await profile.write("next", "I cannot help with that.\n");
  await pass(profile, "2026-11-25T09:20:00Z");
  await tickOnce(profile);
}

/** Adds workers: two that live, of which one asks, and four that have ended. */
async function addRecords(profile: ScreenProfile): Promise<void> {
  const worker = profile.config.runners.mine.worker!;
  for (const [at, id] of [["08:30", "docs"], ["09:00", "fix-login"]]) {
    await pass(profile, `2026-11-25T${at}:00Z`);
    await start(profile, id, worker, { runner: "mine", goal: "ship-1-0" });
  }
  const { generation } = JSON.parse(await profile.read("workers/fix-login/worker.json"));
  await profile.write(
    "asks/w3c9e1.json",
    JSON.stringify({
      ...{ id: "w3c9e1", kind: "question", run_id: generation, worker: "fix-login" },
      asked_at: "2026-11-25T09:12:00.000Z",
      question:
        "The login test needs a database. May I start one in Docker for the time of the test?",
    }),
  );
  const proposed = [
    ["goal", "tickets", "---\ngoal: Answer each ticket within a day\n---\n"],
    ["goal", "wiki", "---\ngoal: Keep the wiki in order\n---\n"],
  ] as const;
  for (const [what, name, body] of proposed) {
    await pass(profile, `2026-11-25T08:5${name.length % 2}:00Z`);
    await propose(profile, { what, name, body, worker: "docs" });
  }
  const ended = [
    ["audit", 0, "exited", "2026-11-24T11:00:00.000Z", "make test"],
    ["lint", 1, "exited", "2026-11-24T12:00:00.000Z", null],
    ["old-api", 137, "killed", "2026-11-24T13:00:00.000Z", null],
    ["notes", null, "lost", "2026-11-24T14:00:00.000Z", null],
  ] as const;
  for (const [id, exit_code, how, at, verify] of ended) {
    const dir = `workers/${id}`;
    const of = { runner: "mine", goal: "ship-1-0", run_id: null, wrapper: null, sandbox: "none" };
    const started_at = "2026-11-24T10:30:00.000Z";
    await profile.write(
      `${dir}/worker.json`,
      JSON.stringify({ id, generation: `g-${id}`, started_at, verify, ...of }),
    );
    await profile.write(`${dir}/exit.json`, JSON.stringify({ exit_code, at, how }));
    await profile.write(`${dir}/transcript`, `working on ${id}\r\n`);
    await profile.write(`${dir}/settled`, "");
    if (verify === null) continue;
    const verification = { passed: true, exit_code: 0, output_tail: "" };
    await profile.write(`${dir}/verification.json`, JSON.stringify(verification));
  }
  await profile.write(
    "claims/ticket-4711.json",
    JSON.stringify({ session: "docs", since: "2026-11-25T08:41:00.000Z" }),
  );
  for (const [id, at] of [["docs", "09:22"], ["fix-login", "09:12"]]) {
    await untilPrinted(profile, id, /reading/);
    const time = new Date(`2026-11-25T${at}:00Z`);
    await Deno.utime(join(profile.paths.dataDir, "workers", id, "transcript"), time, time);
  }
}
