import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { findAsk, listAsks } from "../../src/humans/ask_files.ts";
import type { Move } from "../../src/model/move.ts";
import { JOURNAL, type Kind } from "./kind.ts";
import type { Scene } from "./scene.ts";

const MADE = /^did it$/;
const ASK_ID = "[0-9a-f]{6}";
const move = (move: Record<string, unknown>) =>
  ({ journal: JOURNAL, more: false, ...move }) as Move;

const NOOP = move({ action: "noop", reason: "nothing to do" });
// Not below the data directory, where it would be an edit.
const SIMPLE = move({ action: "run", command: "sh append.sh" });
const SHELL = move({ action: "run", command: 'echo ran >> "$HOME/ran"; echo done' });
const GOAL = move({ action: "write_goal", id: "tea", body: "---\ngoal: Drink tea\n---\n" });
const ARCHIVE = move({ action: "archive_goal", id: "tea" });
const SENSOR = move({ action: "write_sensor", name: "tea.sh", script: "#!/bin/sh\necho '{}'\n" });
const NO_SENSOR = move({ action: "remove_sensor", name: "tea.sh" });
const PLAYBOOK = move({ action: "write_playbook", body: "# Another\n" });
const ASK = move({ action: "ask", question: "Tea?", options: ["yes", "no"] });

const TEA = { "goals/tea.md": "---\ngoal: Drink tea\n---\n" };
const TEA_SENSOR = { "sensors/tea.sh": "#!/bin/sh\necho '{}'\n" };
const APPEND = { "append.sh": 'echo ran >> "$HOME/ran"\n' };

const allow = { policy: [{ name: "any", when: 'move.action == "run"', then: "allow" as const }] };
const deny = { policy: [{ name: "no", when: 'move.action == "run"', then: "deny" as const }] };

/** Every kind but those with workers. */
export const KINDS: Kind[] = [
  { name: "noop", says: NOOP, journal: MADE, effect: nothing },
  { name: "run, simple", says: SIMPLE, files: APPEND, options: allow, journal: RAN(), effect: ran },
  { name: "run in a shell", says: SHELL, options: allow, journal: RAN(), effect: ran },
  { name: "run, asked for", says: SHELL, journal: asked("run"), effect: askedFor },
  { name: "run, denied", says: SHELL, options: deny, journal: denied("run"), effect: notRan },
  { name: "run, approved", says: SHELL, approved: true, journal: RAN("approved"), effect: ran },
  { name: "write_goal", says: GOAL, journal: MADE, effect: holds("goals/tea.md", "Drink tea") },
  {
    name: "archive_goal",
    says: ARCHIVE,
    files: TEA,
    journal: MADE,
    async effect(scene) {
      await holds("goals/archive/tea.md", "Drink tea")(scene);
      await lacks("goals/tea.md")(scene);
      await lacks("goals/archive/tea-2.md")(scene);
    },
  },
  {
    name: "write_sensor, asked for",
    says: SENSOR,
    journal: asked("write_sensor"),
    effect: askedFor,
  },
  {
    name: "write_sensor, approved",
    says: SENSOR,
    approved: true,
    journal: approved(),
    effect: used(holds("sensors/tea.sh", "echo")),
  },
  {
    name: "remove_sensor, approved",
    says: NO_SENSOR,
    files: TEA_SENSOR,
    approved: true,
    journal: approved(),
    effect: used(lacks("sensors/tea.sh")),
  },
  {
    name: "remove_sensor, asked for",
    says: NO_SENSOR,
    files: TEA_SENSOR,
    journal: asked("remove_sensor"),
    effect: askedFor,
  },
  {
    name: "write_playbook, asked for",
    says: PLAYBOOK,
    journal: asked("write_playbook"),
    effect: askedFor,
  },
  {
    name: "write_playbook, approved",
    says: PLAYBOOK,
    approved: true,
    journal: approved(),
    effect: used(holds("PLAYBOOK.md", "# Another")),
  },
  {
    name: "ask",
    says: ASK,
    journal: new RegExp(`^did it \\(ask ${ASK_ID}\\)$`),
    async effect(_, profile) {
      const { asks, broken } = await listAsks(profile);
      assertEquals([asks.map(({ question }) => question), broken], [["Tea?"], []]);
    },
  },
  {
    name: "no move",
    says: "I would rather not say.",
    outcome: "failed",
    calls: 2,
    journal: null,
    effect: nothing,
  },
  {
    name: "hold",
    says: NOOP,
    options: { budget: { decides_per_hour: 1 } },
    outcome: "held",
    journal: new RegExp(`^held: .* \\(ask ${ASK_ID}\\)$`),
    async effect(_, profile) {
      const { asks, broken } = await listAsks(profile);
      assertEquals([asks.map(({ hold }) => hold?.budget), broken], [["decides_per_hour"], []]);
    },
  },
];

function RAN(how = ""): RegExp {
  const by = how === "" ? "" : ` \\(approved ${ASK_ID}\\)`;
  return new RegExp(`^(interrupted run, result unknown: )?did it${by}$`);
}

function asked(action: string): RegExp {
  return new RegExp(`^wants to ${action}, waits for your yes: ${ASK_ID}: did it$`);
}

function denied(action: string): RegExp {
  return new RegExp(`^denied ${action}: did it \\(policy no: no\\)$`);
}

function approved(): RegExp {
  return new RegExp(`^did it \\(approved ${ASK_ID}\\)$`);
}

function nothing(): Promise<void> {
  return Promise.resolve();
}

/** At most once where the journal says that nobody knows, else once. */
async function ran({ root }: Scene, _: unknown, line: string): Promise<void> {
  const times = await textOf(join(root, "ran"));
  const once = times === "ran\n";
  assert(once || times === null && line.startsWith("interrupted"), `${line}: ran ${times}`);
}

async function notRan({ root }: Scene): Promise<void> {
  assertEquals(await textOf(join(root, "ran")), null);
}

/** One approval is open, and nothing was made. */
async function askedFor(scene: Scene, profile: Parameters<Kind["effect"]>[1]): Promise<void> {
  const { asks, broken } = await listAsks(profile);
  assertEquals([asks.map(({ kind, answer }) => [kind, answer]), broken], [
    [["approval", undefined]],
    [],
  ]);
  await notRan(scene);
}

/** The approval was used, and closed by the move. */
function used(effect: (scene: Scene) => Promise<void>): Kind["effect"] {
  return async (scene, profile, line) => {
    const id = new RegExp(`approved (${ASK_ID})`).exec(line)?.[1] ?? "";
    const ask = await findAsk(profile, id);
    assert(ask?.closed_by !== undefined, `${id} is not closed`);
    assertEquals((await listAsks(profile)).asks, []);
    await effect(scene);
  };
}

function holds(path: string, part: string): (scene: Scene) => Promise<void> {
  return async ({ dataDir }) => {
    const text = await textOf(join(dataDir, path));
    assert(text?.includes(part), `${path} holds ${text}`);
  };
}

function lacks(path: string): (scene: Scene) => Promise<void> {
  return async ({ dataDir }) => assertEquals(await textOf(join(dataDir, path)), null);
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
