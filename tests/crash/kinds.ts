import { join } from "@std/path";
import { answerAsk, approveAsk } from "../../src/inbox/answer.ts";
import { listAsks } from "../../src/inbox/asks.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { archivedLines } from "../../src/profile/journal.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { DEFAULT_CONFIG } from "../../src/profile/config.ts";
import { readState } from "../../src/profile/state.ts";
import type { Kind } from "./kind.ts";
import { WORKER_KINDS } from "./worker_kinds.ts";

const GOAL = "---\ngoal: Drink tea\n---\n";
const SENSOR = `#!/bin/sh\necho '{"signal":1}'\n`;
const RULES = `---
goal: Drink tea
rules:
  - { name: r, when: tainted, do: { action: noop, reason: x, journal: x } }
---
`;
const ENDING = `---
goal: Drink tea
metric: {value: sensors.pot.left, from: 1, to: 0}
done: metric == 0
---
`;
const SLOT = {
  action: "run",
  command: "echo ran >>../effect",
  journal: "TOLD slot",
} as const;
const PERMIT = {
  policy: [{ name: "permit", when: `move.action == "run"`, then: "allow" }],
};

/** Every kind of move, every verdict, and a decision that fails or is held. */
export const KINDS: readonly Kind[] = [
  { name: "noop", move: { action: "noop", reason: "all is well", journal: "TOLD nothing" } },
  {
    name: "noop after so many lines that they are put away",
    move: { action: "noop", reason: "all is well", journal: "TOLD nothing" },
    files: {
      "journal.md": "- 2026-01-02 03:04 watched the sea\n".repeat(4000),
      "cost.jsonl":
        `{"ts":"2026-01-02T03:04:05.000Z","kind":"run","id":"x","runner":"m","cost_usd":0.25}\n`
          .repeat(1600),
    },
    check({ paths }) {
      const [journal] = archivedLines(paths, paths.journal);
      const [ledger] = archivedLines(paths, paths.ledger);
      return Promise.resolve(journal && ledger ? [] : ["not both were put away"]);
    },
  },
  {
    name: "noop beside runs that are too old",
    move: { action: "noop", reason: "all is well", journal: "TOLD nothing" },
    files: Object.fromEntries(
      Array.from(
        { length: DEFAULT_CONFIG.keep_runs },
        (_, i) => [`runs/20200101t0000${10 + i}-0/prompt.md`, ""],
      ),
    ),
    async check({ paths }) {
      const runs = await Array.fromAsync(Deno.readDir(paths.runs));
      // One more where it came to all but this: the next move removes it.
      return runs.length <= DEFAULT_CONFIG.keep_runs + 1 ? [] : [`${runs.length} runs are kept`];
    },
  },
  {
    name: "simple run",
    move: { action: "run", command: `bash -c 'echo ran >>../effect'`, journal: "TOLD simple" },
    config: PERMIT,
    acts: true,
  },
  {
    name: "shell run",
    move: { action: "run", command: "sleep 0.05; echo ran >>../effect", journal: "TOLD shell" },
    config: PERMIT,
    acts: true,
  },
  {
    name: "asked run",
    move: { action: "run", command: "echo ran >>../effect", journal: "TOLD asks" },
    told: /wants to run, needs your approval: [0-9a-f]{6}: TOLD asks$/,
    asks: { open: 1, closed: 0 },
  },
  {
    name: "approved run",
    move: { action: "run", command: "echo ran >>../effect", journal: "TOLD yes" },
    told: /(TOLD yes|interrupted run, result unknown: TOLD yes) \(approved [0-9a-f]{6}\)$/,
    prepare: approve,
    asks: { open: 0, closed: 1 },
    acts: true,
  },
  {
    name: "denied run",
    move: { action: "run", command: "forbidden now", journal: "TOLD no" },
    config: {
      policy: [{ name: "no", when: `move.command.contains("forbidden")`, then: "deny" }],
    },
    told: /denied run: TOLD no \(policy no: /,
  },
  {
    name: "write_goal",
    move: { action: "write_goal", id: "tea", body: GOAL, journal: "TOLD tea" },
    leaves: { "goals/tea.md": GOAL },
  },
  {
    name: "write_goal beside a person's edit",
    move: { action: "write_goal", id: "tea", body: GOAL, journal: "TOLD tea" },
    prepareEach: ({ paths }) => Deno.writeTextFile(join(paths.dataDir, "notes.txt"), "mine\n"),
    leaves: { "goals/tea.md": GOAL, "notes.txt": "mine\n" },
    edits: ["notes.txt"],
  },
  {
    name: "asked write_goal",
    move: { action: "write_goal", id: "tea", body: RULES, journal: "TOLD rules" },
    told: /wants to write_goal, needs your approval: /,
    leaves: { "goals/tea.md": null },
    asks: { open: 1, closed: 0 },
  },
  {
    name: "archive_goal beside a namesake",
    move: { action: "archive_goal", id: "tea", journal: "TOLD away" },
    files: { "goals/tea.md": GOAL, "goals/archive/tea.md": `${GOAL}older\n` },
    leaves: {
      "goals/tea.md": null,
      "goals/archive/tea.md": `${GOAL}older\n`,
      "goals/archive/tea-2.md": GOAL,
      "goals/archive/tea-3.md": null,
    },
  },
  {
    name: "end of a goal whose done holds",
    move: { action: "noop", reason: "it is under way", journal: "TOLD before" },
    files: {
      "goals/tea.md": ENDING,
      "sensors/pot.sh": "#!/bin/sh\ncat cups\n",
      "cups": `{"signal":{"left":1}}`,
    },
    async prepare(profile) {
      await tickOnce(profile);
      await Deno.writeTextFile(join(profile.paths.dataDir, "cups"), `{"signal":{"left":0}}`);
      await tickOnce(profile);
    },
    told: /goal tea is done, took .+, cost .+: Drink tea$/,
    leaves: {
      "goals/tea.md": null,
      "goals/archive/tea.md": ENDING,
      "goals/archive/tea-2.md": null,
    },
    async check(profile) {
      return "tea" in (await readState(profile)).goals ? ["its record is left"] : [];
    },
  },
  {
    name: "asked write_sensor",
    move: { action: "write_sensor", name: "new.sh", script: SENSOR, journal: "TOLD asks" },
    told: /wants to write_sensor, needs your approval: /,
    leaves: { "sensors/new.sh": null },
    asks: { open: 1, closed: 0 },
  },
  {
    name: "approved write_sensor",
    move: { action: "write_sensor", name: "new.sh", script: SENSOR, journal: "TOLD sensor" },
    told: /TOLD sensor \(approved [0-9a-f]{6}\)$/,
    prepare: approve,
    leaves: { "sensors/new.sh": SENSOR },
    asks: { open: 0, closed: 1 },
  },
  {
    name: "approved remove_sensor",
    move: { action: "remove_sensor", name: "old.sh", journal: "TOLD removed" },
    files: { "sensors/old.sh": SENSOR },
    told: /TOLD removed \(approved [0-9a-f]{6}\)$/,
    prepare: approve,
    leaves: { "sensors/old.sh": null },
    asks: { open: 0, closed: 1 },
  },
  {
    name: "asked write_playbook",
    move: { action: "write_playbook", body: "# Other\n", journal: "TOLD playbook" },
    told: /wants to write_playbook, needs your approval: /,
    leaves: { "PLAYBOOK.md": "# Playbook\n" },
    asks: { open: 1, closed: 0 },
  },
  {
    name: "approved write_playbook",
    move: { action: "write_playbook", body: "# Other\n", journal: "TOLD playbook" },
    told: /TOLD playbook \(approved [0-9a-f]{6}\)$/,
    prepare: approve,
    leaves: { "PLAYBOOK.md": "# Other\n" },
    asks: { open: 0, closed: 1 },
  },
  {
    name: "schedule with a run",
    move: SLOT,
    files: {
      "schedules/once.yaml": `at: 2026-01-02T03:04\ntz: UTC\ndo: ${JSON.stringify(SLOT)}\n`,
    },
    config: PERMIT,
    acts: true,
    async check(profile) {
      const { next, handled } = (await readState(profile)).schedules.once;
      return next === null && handled === "2026-01-02T03:04:00.000Z"
        ? []
        : ["its slot is not handled"];
    },
  },
  {
    name: "ask",
    move: { action: "ask", question: "Tea or coffee?", journal: "TOLD question" },
    told: /TOLD question \(ask [0-9a-f]{6}\)$/,
    asks: { open: 1, closed: 0 },
  },
  {
    name: "noop that sees an answer",
    move: { action: "noop", reason: "tea it is", journal: "TOLD seen" },
    async prepare(profile) {
      const question = { action: "ask", question: "Tea?", journal: "asked" } as const;
      await tickOnce(profile, { decider: () => question });
      const { asks: [ask] } = await listAsks(profile);
      await answerAsk(profile, ask.id, "yes");
    },
    asks: { open: 0, closed: 1 },
  },
  ...WORKER_KINDS,
  {
    name: "failed decisions",
    move: { action: "noop", reason: "never given", journal: "TOLD never" },
    config: {
      runners: { mine: { tick: "cat >/dev/null; echo nonsense; printf . >>../calls" } },
    },
    fails: true,
    // The commit of the last failure may have been cut off: the next one includes it.
    owes: ["cost.jsonl", "state.json"],
  },
  {
    name: "noop after a budget was lifted",
    move: { action: "noop", reason: "on we go", journal: "TOLD on" },
    config: { budget: { decides_per_hour: 0 } },
    async prepare(profile) {
      await tickOnce(profile);
      const { asks: [ask] } = await listAsks(profile);
      await answerAsk(profile, ask.id, "lift");
    },
    asks: { open: 0, closed: 1 },
  },
  {
    name: "held decision",
    move: { action: "noop", reason: "never asked for", journal: "TOLD never" },
    config: { budget: { decides_per_hour: 0 } },
    told: /over budget: .+ \(ask [0-9a-z]+\)$/,
    asks: { open: 1, closed: 0 },
  },
  {
    name: "first run",
    move: { action: "noop", reason: "all is new", journal: "TOLD first" },
    files: {},
  },
];

/** Has the runner ask for its move, and says yes. */
async function approve(profile: Profile): Promise<void> {
  await tickOnce(profile);
  const { asks: [{ id }] } = await listAsks(profile);
  await approveAsk(profile, id);
}
