import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import fc from "fast-check";
import { act } from "../../src/act/act.ts";
import { previewAction, titleOf } from "../../src/act/approval.ts";
import { admitMove } from "../../src/admit/admit.ts";
import type { Outcome } from "../../src/schema/decision.ts";
import { type Action, type Move, moveSchema } from "../../src/schema/move.ts";
import type { World } from "../../src/schema/world.ts";
import { workerFiles } from "../../src/workers/files.ts";
import { queuedMessages } from "../../src/workers/messages.ts";
import { intentOf, NOOP } from "../log/intent_of.ts";
import type { TempProfile } from "../support/temp_profile.ts";
import { start, workerProfile } from "../support/worker_profile.ts";

const journal = "x";
const WORLD: World = {
  ...{ at: "", playbook: { text: "", digest: "" }, goals: [], readings: [] },
  ...{ workers: [], asks: [], claims: [], schedules: [] },
};

const text = fc.string({ unit: "binary", minLength: 1, maxLength: 60 }).filter((one) =>
  one.trim() !== ""
);
const id = fc.constantFrom("tea", "a-1", "0_");

/** One kind of move: any of it, and what the system has afterwards if exactly what is shown was applied. */
interface Kind {
  any: fc.Arbitrary<Move>;
  /** What has to be there before it is applied. */
  before?(profile: TempProfile, move: Move): Promise<void>;
  /** Reads what was done off the system; compares it with what was shown. */
  check(profile: TempProfile, shown: string, outcome: Outcome): Promise<void> | void;
  runs?: number;
}

const SLEEPS = { runners: { own: { worker: "sleep 300" } }, worker_runner: "own" };
const files = (profile: TempProfile, worker: string) => workerFiles(profile.paths, worker);
const fresh = (profile: TempProfile, path: string) => profile.write(path, "before\n");

/** A file that is there after a move as it was shown. */
async function checkNewFile(profile: TempProfile, shown: string): Promise<void> {
  const [, path, content] = /(?:^|\n)new file (\S+)\n\n(.*)$/s.exec(shown) ?? [];
  assert(path !== undefined, shown);
  assertEquals(await profile.read(path), content);
}

async function checkRemoved(profile: TempProfile, shown: string): Promise<void> {
  const [, path] = /^remove (\S+)$/.exec(shown) ?? [];
  assert(path !== undefined, shown);
  assertEquals(await profile.read(path).catch(() => null), null);
}

const remove = async (profile: TempProfile, path: string) =>
  await Deno.remove(join(profile.paths.dataDir, path)).catch(() => undefined);

const KINDS: Record<Action, Kind> = {
  noop: {
    any: text.map((reason): Move => ({ action: "noop", reason, journal })),
    check: (_, shown, { summary }) => assertEquals(summary, shown),
  },
  run: {
    any: fc.stringMatching(/^[a-z ';"$]{1,20}$/).map((words): Move => ({
      ...{ action: "run", command: `printf %s '${words.replaceAll("'", "")}'`, journal },
    })),
    async check({ paths, environment }, shown, { output_tail }) {
      const pasted = new Deno.Command("bash", {
        ...{ args: ["-c", shown.split("\n")[0].slice(2)], cwd: paths.dataDir, clearEnv: true },
        env: { PATH: environment.PATH },
      });
      const { stdout } = await pasted.output();
      assertEquals(output_tail, new TextDecoder().decode(stdout).trim());
    },
  },
  write_goal: {
    any: fc.tuple(id, text).map(([id, body]): Move => ({
      ...{ action: "write_goal", id, body, journal },
    })),
    before: (profile, move) => remove(profile, `goals/${(move as { id: string }).id}.md`),
    check: checkNewFile,
  },
  archive_goal: {
    any: id.map((id): Move => ({ action: "archive_goal", id, journal })),
    async before(profile, move) {
      await fresh(profile, `goals/${(move as { id: string }).id}.md`);
      await Deno.remove(profile.paths.goalsArchive, { recursive: true });
      await Deno.mkdir(profile.paths.goalsArchive);
    },
    async check(profile, shown) {
      const [, path, to] = /^move (\S+) to (\S+\/)$/.exec(shown) ?? [];
      assertEquals(await profile.read(path).catch(() => null), null);
      assertEquals(await profile.read(`${to}${path.split("/")[1]}`), "before\n");
    },
  },
  write_sensor: {
    any: fc.tuple(id, text).map(([name, script]): Move => ({
      ...{ action: "write_sensor", name: `${name}.sh`, script: `#!/bin/sh\n${script}`, journal },
    })).filter((move) => !/looop/.test(JSON.stringify(move))),
    before: (profile, move) => remove(profile, `sensors/${(move as { name: string }).name}`),
    check: checkNewFile,
  },
  remove_sensor: {
    any: id.map((name): Move => ({ action: "remove_sensor", name, journal })),
    before: (profile, move) => fresh(profile, `sensors/${(move as { name: string }).name}`),
    check: checkRemoved,
  },
  write_playbook: {
    any: text.map((body): Move => ({ action: "write_playbook", body, journal })),
    before: (profile) => remove(profile, "PLAYBOOK.md"),
    check: checkNewFile,
  },
  write_schedule: {
    any: fc.tuple(id, text).map(([name, body]): Move => ({
      ...{ action: "write_schedule", name, body, journal },
    })),
    before: (profile, move) => remove(profile, `schedules/${(move as { name: string }).name}.yaml`),
    check: checkNewFile,
  },
  remove_schedule: {
    any: id.map((name): Move => ({ action: "remove_schedule", name, journal })),
    before: (profile, move) => fresh(profile, `schedules/${(move as { name: string }).name}.yaml`),
    check: checkRemoved,
  },
  start_worker: {
    any: text.map((prompt): Move => ({ action: "start_worker", id: "new", prompt, journal })),
    runs: 2,
    async check(profile, shown) {
      const [line, label, command, empty, ...task] = shown.split("\n");
      assertEquals([line, label, command, empty], [
        ...['start worker new with "own"', "its command:", "$ sleep 300", ""],
      ]);
      const prompt = await Deno.readTextFile(files(profile, "new").prompt);
      assert(prompt.includes(task.join("\n")), prompt);
      await act(
        profile,
        intentOf(NOOP, {
          run_id: crypto.randomUUID(),
          action: (await admitted(profile, {
            ...{ action: "stop_worker", id: "new", reason: "x", journal },
          })).action,
        }),
      );
      await Deno.remove(files(profile, "new").dir, { recursive: true });
    },
  },
  stop_worker: {
    any: text.map((reason): Move => ({ action: "stop_worker", id: "w", reason, journal })),
    runs: 2,
    check(_, shown, { summary }) {
      const [, worker] = /^stop worker (\S+): /.exec(shown) ?? [];
      assert(/^(stopped worker|worker) w\b/.test(summary) && worker === "w", summary);
    },
  },
  tell_worker: {
    any: text.map((text): Move => ({ action: "tell_worker", id: "w", text, journal })),
    async check(profile, shown) {
      const { dir, messages } = files(profile, "w");
      const [told] = await queuedMessages(files(profile, "w"));
      assertEquals(`tell worker ${dir.split("/").at(-1)}:\n\n${told.text}`, shown);
      await Deno.remove(messages, { recursive: true });
    },
  },
  ask: {
    any: fc.tuple(text, fc.option(fc.array(text, { minLength: 1, maxLength: 3 })), fc.option(text))
      .map(([question, options, ref]): Move => ({
        ...{ action: "ask", question, journal },
        ...(options && { options }),
        ...(ref && { ref }),
      })),
    async check(profile, shown, { ask_id }) {
      const { question, options = [], ref } = JSON.parse(await profile.read(`asks/${ask_id}.json`));
      const lines = [question, ...options.map((option: string) => `- ${option}`)];
      assertEquals([...(ref === undefined ? [] : [`about ${ref}`]), ...lines].join("\n"), shown);
    },
  },
};

function admitted(profile: TempProfile, move: Move, tainted = false) {
  return admitMove(profile, move, { world: WORLD, comparison: { changes: [] }, tainted });
}

Deno.test("of every kind of move, what is shown is what is applied, whatever the move says by then", async (t) => {
  await using profile = await workerProfile({ history: false, config: SLEEPS });
  await Deno.mkdir(profile.paths.schedules);
  await start(profile, "w", "sleep 300");
  // The worker is told before it is stopped.
  const kinds = Object.entries(KINDS).sort(([a], [b]) =>
    Number(a === "stop_worker") - Number(b === "stop_worker")
  );
  for (const [name, { any, before, check, runs = 25 }] of kinds) {
    await t.step(name, async () => {
      await fc.assert(
        fc.asyncProperty(any, fc.boolean(), async (move, tainted) => {
          fc.pre(moveSchema.safeParse(move).success);
          await before?.(profile, move);
          const { action } = await admitted(profile, move, tainted);
          const shown = await previewAction(profile, action);
          assert(titleOf(profile, action) !== "nothing");
          const path = action.write?.path ??
            (action.effect?.kind === "archive_goal" ? `goals/${action.effect.id}.md` : null);
          const at = path && join(profile.paths.dataDir, path);
          const seen = at && await Deno.readFile(at).catch(() => null);
          const digests = path === null ? {} : { [path]: seen ? await sha256(seen) : null };
          const other: Move = { action: "run", command: "touch other", journal };
          const run_id = crypto.randomUUID();
          const outcome = await act(profile, intentOf(other, { action, digests, tainted, run_id }));
          if (outcome.status !== "made") {
            assert(name === "write_sensor" && outcome.status === "failed", outcome.summary);
            return;
          }
          await check(profile, shown, outcome);
          assertEquals(await profile.read("other").catch(() => null), null);
        }),
        { numRuns: runs },
      );
    });
  }
});

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
