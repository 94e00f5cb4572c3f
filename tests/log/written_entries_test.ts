import { assertEquals } from "@std/assert";
import { writtenEntries } from "../../src/log/log.ts";
import { makeMask } from "../../src/mask/mask.ts";
import type { Outcome } from "../../src/schema/decision.ts";
import type { Json } from "../../src/schema/json.ts";
import type { Move } from "../../src/schema/move.ts";
import { entryOf } from "../../src/schema/state.ts";
import { intentOf } from "./intent_of.ts";

const MADE: Outcome = { status: "made", summary: "", paths: [] };
const SECRET = "hunter2-hunter2";
const BODY = `---\ngoal: Drink tea\n---\n${SECRET}\n`;
const MARKED = "---\ngoal: Drink tea\nuntrusted: true\n---\n";
const WORKER = { state: "failed", generation: "g", exit_code: 137, verified: null };

const rows: [
  title: string,
  move: Record<string, unknown> & { action: Move["action"] },
  more: Partial<Outcome> & { tainted?: boolean },
  written: Record<string, [value: Json, untrusted?: boolean] | null>,
][] = [
  [
    "a goal, masked",
    { action: "write_goal", id: "tea", body: BODY },
    {},
    { "goal:tea": [BODY.replace(SECRET, "[masked DEPLOY_TOKEN]")] },
  ],
  [
    "a goal as it was written, where that differs from the move",
    { action: "write_goal", id: "tea", body: BODY },
    { content: MARKED },
    { "goal:tea": [MARKED, true] },
  ],
  [
    "a goal of a tainted decision",
    { action: "write_goal", id: "tea", body: "---\ngoal: Tea\n---\n" },
    { tainted: true },
    { "goal:tea": ["---\ngoal: Tea\n---\n", true] },
  ],
  ["an archived goal", { action: "archive_goal", id: "tea" }, {}, { "goal:tea": null }],
  [
    "the playbook, masked",
    { action: "write_playbook", body: `# ${SECRET}\n` },
    {},
    { playbook: ["# [masked DEPLOY_TOKEN]\n"] },
  ],
  ["a removed script", { action: "remove_sensor", name: "git.sh" }, {}, { "sensor:git": null }],
  ["a removed program", { action: "remove_sensor", name: "git" }, {}, { "sensor:git": null }],
  [
    "the end of a stopped worker",
    { action: "stop_worker", id: "fix", reason: "r" },
    { content: JSON.stringify(WORKER) },
    { "worker:fix": [WORKER] },
  ],
  ["no worker that had ended", { action: "stop_worker", id: "fix", reason: "r" }, {}, {}],
  ["no first reading", { action: "write_sensor", name: "git.sh", script: "x" }, {}, {}],
  ["no command", { action: "run", command: "ls" }, { content: "x" }, {}],
  [
    "no goal that could not be written",
    { action: "write_goal", id: "tea", body: BODY },
    { status: "failed" },
    {},
  ],
  ["no goal that was only asked for", { action: "archive_goal", id: "a" }, { status: "asked" }, {}],
];

for (const [title, move, { tainted = false, ...more }, written] of rows) {
  Deno.test(`writtenEntries has ${title}`, async () => {
    const intent = intentOf({ journal: "j", ...move } as Move, { tainted });
    const mask = makeMask({ DEPLOY_TOKEN: SECRET }, []);
    const expected = await Promise.all(
      Object.entries(written).map(async ([key, entry]) => [key, entry && await entryOf(...entry)]),
    );
    assertEquals(
      await writtenEntries(intent, { ...MADE, ...more }, mask),
      Object.fromEntries(expected),
    );
  });
}
