import { join } from "@std/path";
import type { Profile } from "../../src/profile/profile.ts";
import { listWorkers } from "../../src/workers/list.ts";
import { workerFiles } from "../../src/workers/files.ts";
import { deliveredMessages, queuedMessages } from "../../src/workers/messages.ts";
import { startSession } from "../../src/workers/start.ts";
import { eventually } from "../support/eventually.ts";
import { git } from "../support/git.ts";
import { untilEnded } from "../support/worker_profile.ts";
import type { Kind } from "./kind.ts";
import { DECIDE, effects } from "./decide.ts";
import { LOST_WORKER } from "./lost_worker.ts";

function repositoryOf(env: Profile["env"]): string {
  return join(env("HOME") ?? "/", "repository");
}

const STOP = {
  action: "stop_worker",
  id: "old",
  reason: "enough",
  journal: "TOLD stopped",
} as const;

/** The kinds of move that concern a worker, and the end of one. */
export const WORKER_KINDS: readonly Kind[] = [
  {
    name: "start_worker",
    move: { action: "start_worker", id: "fix", prompt: "Do it.", journal: "TOLD started" },
    async check(profile) {
      // Its agent may not have come to it yet; one that never does is the fault looked for.
      await eventually("it begins", async () => await effects(profile) > 0, 15_000)
        .catch(() => undefined);
      const [worker] = await listWorkers(profile, { only: "fix" });
      const starts = await effects(profile);
      return worker?.alive && starts === 1
        ? []
        : [`worker ${worker?.id} is ${worker?.state}, and was begun ${starts} times`];
    },
  },
  {
    name: "start_worker in a worktree of a repository",
    move: {
      ...{ action: "start_worker", id: "fix", prompt: "Do it.", repo: "~/repository" },
      journal: "TOLD started",
    },
    config: {
      runners: {
        mine: { tick: DECIDE, worker: `echo begun >>"$LOOOP_DATA_DIR/../effect"; exec sleep 600` },
      },
    },
    async prepareEach({ env }) {
      const repo = repositoryOf(env);
      await Deno.mkdir(repo, { recursive: true });
      await git(repo, "init", "-q", "-b", "main");
      await git(repo, "commit", "-q", "--allow-empty", "-m", "first");
    },
    async check(profile) {
      await eventually("it begins", async () => await effects(profile) > 0, 15_000)
        .catch(() => undefined);
      const [worker] = await listWorkers(profile, { only: "fix" });
      const starts = await effects(profile);
      const repo = repositoryOf(profile.env);
      const trees = (await git(repo, "worktree", "list")).split("\n").length - 1;
      const branches = await git(repo, "branch", "--format=%(refname:short)");
      const isThere = worker?.worktree !== undefined &&
        await git(worker.worktree.path, "status", "--short", "--branch") === "## looop/fix";
      return worker?.alive && starts === 1 && trees === 1 && isThere &&
          branches === "looop/fix\nmain"
        ? []
        : [`${worker?.state}, begun ${starts} times, ${trees} worktrees, ${branches}`];
    },
  },
  {
    name: "tell_worker",
    move: { action: "tell_worker", id: "old", text: "Skip the flaky test.", journal: "TOLD it" },
    async prepareEach(profile) {
      await startSession(profile, { id: "old", prompt: "Wait." });
    },
    async check({ paths }) {
      const files = workerFiles(paths, "old");
      const [waiting, received] = [await queuedMessages(files), await deliveredMessages(files)];
      const texts = [...waiting, ...received].map(({ text }) => text);
      return texts.join() === "Skip the flaky test." ? [] : [`its messages: ${texts.join()}`];
    },
  },
  {
    name: "stop_worker",
    endsWorker: true,
    move: { ...STOP, more: false },
    // What it cost is found out later.
    owes: ["cost.jsonl"],
    async prepareEach(profile) {
      await startSession(profile, { id: "old", prompt: "Wait." });
    },
    async check(profile) {
      const alive = (await listWorkers(profile)).filter((worker) => worker.alive);
      const journal = await Deno.readTextFile(profile.paths.journal);
      return [
        ...alive.map(({ id, state }) => `worker ${id} is ${state}`),
        ...(journal.endsWith(`${STOP.journal}\n`) ? [] : ["that it was stopped was news"]),
      ];
    },
  },
  {
    name: "noop that sees the end of a worker",
    move: { action: "noop", reason: "it is done", journal: "TOLD the end" },
    config: { runners: { mine: { tick: DECIDE, worker: "true" } } },
    async prepareEach(profile) {
      await startSession(profile, { id: "old", prompt: "Nothing." });
      await untilEnded(profile, "old");
    },
    endsWorker: true,
    async check({ paths }) {
      const names = async (dir: string) =>
        (await Array.fromAsync(Deno.readDir(dir), ({ name }) => name)).join();
      const [there, ended] = [await names(paths.workers), await names(paths.workersEnded)];
      return there === "ended" && /^old\.[^,]+$/.test(ended) ? [] : [`${there}; ended: ${ended}`];
    },
  },
  LOST_WORKER,
];
