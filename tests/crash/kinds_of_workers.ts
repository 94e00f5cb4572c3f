import { assertEquals } from "@std/assert";
import type { Profile } from "../../src/profile/profile.ts";
import { listEnded } from "../../src/workers/list_ended.ts";
import { listWorkers } from "../../src/workers/list_workers.ts";
import { startSession } from "../../src/workers/start_session.ts";
import { eventually } from "../eventually.ts";
import { untilEnded } from "../workers/worker_profile.ts";
import { JOURNAL, type Kind } from "./kind.ts";
import { countRunning } from "./left_running.ts";
import type { Scene } from "./scene.ts";

const base = { journal: JOURNAL, more: false };
const AGENT = /^sleep 600$/;
const FLEET = /^(tmux|bash|script|sh|sleep) /;

/** The kinds that have to do with workers. */
export const WORKER_KINDS: Kind[] = [
  {
    name: "start_worker",
    says: { action: "start_worker", id: "fix", prompt: "Mend it.", ...base },
    journal: /^did it$/,
    leaves: FLEET,
    async effect(scene, profile) {
      const workers = await listWorkers(profile);
      assertEquals(workers.map(({ id, state }) => [id, state]), [["fix", "running"]]);
      assertEquals(await listEnded(profile), []);
      await untilOneWorks(scene);
    },
  },
  {
    name: "stop_worker",
    says: { action: "stop_worker", id: "fix", reason: "enough", ...base },
    ready: async (scene, profile) => {
      await startSession(profile, { id: "fix", prompt: "Mend it." });
      await untilOneWorks(scene);
    },
    journal: /^did it$/,
    leaves: /^tmux /,
    async effect(scene, profile) {
      const workers = await listWorkers(profile);
      assertEquals(workers.map(({ id, state }) => [id, state]), [["fix", "failed"]]);
      assertEquals(await countRunning(scene, AGENT), 0);
      // That it has ended is no news.
      const journal = await Deno.readTextFile(profile.paths.journal);
      assertEquals(journal.trimEnd().endsWith(JOURNAL), true, journal);
    },
  },
  {
    name: "noop on a worker's end",
    options: { worker: "true" },
    says: { action: "noop", reason: "it is done", ...base },
    ready: async (_, profile) => {
      await startSession(profile, { id: "fix", prompt: "Mend it." });
      await untilEnded(profile, "fix");
    },
    journal: /^did it$/,
    leaves: /^tmux /,
    async effect(_, profile) {
      assertEquals(await listWorkers(profile), []);
      assertEquals((await listEnded(profile)).map(({ id }) => id), ["fix"]);
      assertEquals(await lines(profile, '"kind":"worker"'), 1);
    },
  },
];

async function untilOneWorks(scene: Scene): Promise<void> {
  await eventually("one works", async () => await countRunning(scene, AGENT) === 1, 15_000);
}

async function lines({ paths }: Profile, text: string): Promise<number> {
  return (await Deno.readTextFile(paths.ledger)).split(text).length - 1;
}
