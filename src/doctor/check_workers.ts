import { dirname } from "@std/path";
import { listProcesses } from "../host/list_processes.ts";
import { notPrivate } from "../host/private_folder.ts";
import { whatIsAt } from "../host/what_is_at.ts";
import { findProgram } from "../host/find_program.ts";
import { listAsks } from "../humans/ask_files.ts";
import { messageOf } from "../model/user_error.ts";
import type { Worker, WorkerState } from "../model/worker.ts";
import type { Profile } from "../profile/profile.ts";
import { listClaims } from "../workers/list_claims.ts";
import { listWorkers } from "../workers/list_workers.ts";
import { socketOf, tmux } from "../workers/tmux.ts";
import type { Check } from "./check.ts";
import { fail, type Finding, fromMessage, ok, warn } from "./finding.ts";

/** Looks at the tmux server of the profile, its workers and what they have claimed. */
export const checkWorkers: Check = {
  name: "workers",
  needsProfile: true,
  async run({ profile }) {
    // First: to list the workers has a server make its socket again.
    const server = await lookAtServer(profile);
    const { asks } = await listAsks(profile);
    const workers = await listWorkers(profile, { asks });
    return [...server, ...fleet(workers), ...await claims(profile, workers)];
  },
};

async function lookAtServer(profile: Profile): Promise<Finding[]> {
  if (findProgram("tmux", profile.env("PATH") ?? "") === null) return [];
  const socket = await socketOf(profile);
  const wrong = await notPrivate(dirname(socket));
  if (wrong !== null && wrong !== "missing") {
    const fix = `chmod 700 ${dirname(socket)}, or remove it, or set XDG_RUNTIME_DIR`;
    return [fail("tmux server", `cannot use ${dirname(socket)}: ${wrong}`, fix)];
  }
  const { code, stdout, stderr } = await tmux(profile, socket, ["list-sessions", "-F", "#{pid}"]);
  if (code === 0) {
    const count = stdout.trim().split("\n").filter(Boolean).length;
    return [ok("tmux server", `${plural(count, "session")} at ${socket}`)];
  }
  if (!/^no server running|No such file|Connection refused/.test(stderr)) {
    const found = `the server at ${socket} does not answer: ${stderr || `status ${code}`}`;
    return [fail("tmux server", found, "looop ls")];
  }
  if (await livesWithout(profile, socket)) {
    return [warn("tmux server", `it runs, but its socket ${socket} is gone`, "looop ls")];
  }
  return [ok("tmux server", "none runs; the first worker starts it")];
}

async function livesWithout({ environment }: Profile, socket: string): Promise<boolean> {
  if (whatIsAt(socket) !== "nothing") return false;
  const table = await listProcesses(environment);
  return [...table.values()].some(({ line }) => line.includes(`tmux -S ${socket} `));
}

/** What a person does about a worker in a state that is not as it should be. */
const TROUBLE: Partial<Record<WorkerState, { found: string; fix(id: string): string }>> = {
  orphaned: {
    found: "lives on without its terminal",
    fix: (id) => `looop logs ${id}, then looop kill ${id}`,
  },
  lost: {
    found: "is gone without a word, and the loop has not seen it yet",
    fix: () => "looop tick",
  },
  stuck: { found: "has printed nothing for 15 minutes", fix: (id) => `looop attach ${id}` },
};

function fleet(workers: Worker[]): Finding[] {
  const findings = workers.flatMap(({ id, state }) => {
    const trouble = TROUBLE[state];
    return trouble ? [warn("workers", `${id} ${trouble.found}`, trouble.fix(id))] : [];
  });
  const alive = workers.filter((worker) => worker.alive).length;
  return findings.length > 0 ? findings : [ok("workers", `${alive === 0 ? "none" : alive} alive`)];
}

async function claims(profile: Profile, workers: Worker[]): Promise<Finding[]> {
  const { claims, broken } = await listClaims(profile);
  const stale = claims.flatMap(({ name, session }) => {
    const worker = workers.find(({ id }) => id === session);
    if (worker?.alive) return [];
    const fix = `looop unclaim ${name} --session ${session}`;
    return [
      worker
        ? warn("claims", `${name} is held by ${session}, which has ended`, "looop tick")
        : warn("claims", `${name} is held by ${session}, which is no worker of looop`, fix),
    ];
  });
  return [
    ...broken.map((problem) => fromMessage("warn", "claims", messageOf(problem))),
    ...stale,
  ];
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
