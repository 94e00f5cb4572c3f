import { listProcesses } from "../host/list_processes.ts";
import { lockHolder } from "../host/lock.ts";
import { lastTickSchema } from "../model/last_tick.ts";
import { parseFile } from "../profile/parse_file.ts";
import type { Check } from "./check.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

/** A pulse may be late by so many intervals, and by so much besides: for slow sensors and after failures. */
const LATE = 3;
const GRACE_MS = 900_000;

/** Looks at whether a pulse runs, and ticks. */
export const checkPulse: Check = {
  name: "pulse",
  needsProfile: true,
  async run({ profile }) {
    const { paths, clock, config, environment } = profile;
    const tick = await parseFile(paths.lastTick, lastTickSchema, "looop tick");
    const age = tick === null ? Infinity : clock.now().getTime() - Date.parse(tick.at);
    const last = tick === null ? "it has never ticked" : `the last tick was ${ago(age)}`;
    const patience = LATE * config.interval * 1000;
    const holder = await lockHolder(paths.pulseLock);
    if (holder === null) {
      return [
        age < patience
          ? ok("pulse", `none runs, but something ticks: ${last}`)
          : warn("pulse", `none runs; ${last}`, "looop up"),
      ];
    }
    const pid = Number.parseInt(holder);
    if (pid > 0 && !(await listProcesses(environment)).has(pid)) {
      return [orphanedLock(pid, paths.pulseLock)];
    }
    const who = pid > 0 ? `it runs (pid ${pid})` : "it runs";
    return [
      age > patience + GRACE_MS
        ? warn("pulse", `${who}, but ${last}`, "looop down && looop up")
        : ok("pulse", `${who}; ${last}`),
    ];
  },
};

/** It may run in another container that shares the data directory. */
function orphanedLock(pid: number, path: string): Finding {
  const found = `its lock is held in the name of pid ${pid}, which is not among the processes here`;
  return fail("pulse", found, `fuser -v ${path}`);
}

function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  return seconds < 7200
    ? `${Math.round(seconds / 60)} m ago`
    : `${Math.round(seconds / 3600)} h ago`;
}
