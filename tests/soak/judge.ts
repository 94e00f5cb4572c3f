import type { Accounts } from "./accounts.ts";
import type { Mark } from "./mark.ts";

/**
 * Below so many ticks not all has been loaded that a pulse ever loads, and V8 has not settled on a size for its heap:
 * what it holds grows by 20 to 40 % from tick 50 to 150.
 */
const WARM = 1000;

/** It settles on 160 to 183 MiB, by the machine and what else it does; streams on every git, or a large nursery, cost more than this. */
const MAX_RSS_MIB = 200;

/** Of a pulse that is warm, to its end. */
const MAX_GROWTH = 1.1;

/** Deno reads and writes files on up to 32 threads that come and go, beside a few that stay. */
const MAX_THREADS = 40;

/** Says what must not be, a line each; empty: all is well. */
export function judge(marks: Mark[], accounts: Accounts): string[] {
  const [first, ...later] = marks;
  if (later.length < 2) return ["it did not come to its end"];
  const isWarm = first.tick >= WARM;
  const problems: string[] = [];
  const check = (holds: boolean, problem: string) => void (holds || problems.push(problem));
  for (const { tick, rssMiB, fds, threads, watches } of later) {
    const at = `at tick ${tick}`;
    const was = `at tick ${first.tick}`;
    const held = `${at} the pulse held ${rssMiB.toFixed(1)} MiB`;
    check(rssMiB <= MAX_RSS_MIB, `${held}, over ${MAX_RSS_MIB}`);
    check(
      !isWarm || rssMiB <= first.rssMiB * MAX_GROWTH,
      `${held}, over ${MAX_GROWTH} times the ${first.rssMiB.toFixed(1)} ${was}`,
    );
    const [now, then] = [JSON.stringify(fds), JSON.stringify(first.fds)];
    check(now === then, `${at} these descriptors were open: ${now}, ${was} ${then}`);
    check(threads <= MAX_THREADS, `${at} it had ${threads} threads, over ${MAX_THREADS}`);
    check(watches === first.watches, `${at} it had ${watches} watches, ${was} ${first.watches}`);
  }
  for (const { tick, zombies, processes, temporaries } of marks) {
    check(zombies.length === 0, `at tick ${tick} these were zombies: ${zombies.join(" ")}`);
    for (const left of [...processes, ...temporaries]) problems.push(`left at ${tick}: ${left}`);
  }
  const { journal, told, events, commits, runs, ledger, calls, commands, made } = accounts;
  check(
    new Set([journal, told, events, commits, runs]).size === 1,
    `moves do not agree: ${JSON.stringify({ journal, told, events, commits, runs })}`,
  );
  check(ledger === calls, `${calls} calls of the runner, but ${ledger} lines in the ledger`);
  check(made === commands, `the journal tells of ${commands} commands, but ${made} were made`);
  check(!accounts.intentLeft, "an intent is left");
  for (const action of ACTIONS) check(action in accounts.actions, `no move was: ${action}`);
  return problems;
}

/** What every soak has to have come across. */
const ACTIONS = [
  "noop",
  "run",
  "write_goal",
  "archive_goal",
  "write_sensor",
  "remove_sensor",
  "write_playbook",
  "start_worker",
  "stop_worker",
  "ask",
  "run asked",
  "run denied",
];
