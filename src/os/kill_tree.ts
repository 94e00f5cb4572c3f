import { UserError } from "../schema/errors.ts";
import type { Environment } from "./env.ts";
import { runTool } from "./run_tool.ts";

/** A tree of processes that all bear one mark, and what is to be done once none of it is left. */
export interface TreeRequest {
  /**
   * Unique text. Of the tree is: what has `LOOOP_GENERATION=<mark>` in its environment, its children
   * and theirs; and what has `LOOOP_WRAPPER=<mark>` among its arguments, whose process group is spared
   * while something else of the tree is left, so that it can tell how that ended.
   */
  mark: string;
  /** Program to run once nothing is left. */
  then: string[];
  /** looop is itself of the tree: return at once, and kill in the background. */
  fromInside: boolean;
  env: Environment;
}

/**
 * bash, since a scoped Deno may not signal processes that it did not start, and since looop may be stopped
 * half-way, or be itself of the tree.
 *
 * Arguments: the program to run once nothing is left. The mark comes on stdin: among its arguments it would make this
 * very process one of the tree. Once seen, a process is of the tree also when its parent has died; it is told
 * from a later one with its pid by its start time. A look that does not even see the killer itself is none: on a
 * machine that cannot start one more process, ps shows nothing.
 */
const KILLER = `
trap '' HUP INT TERM
IFS= read -r mark
seen=
look() {
  local found
  found=$(
    {
      printf '%s\\n' "$mark" $$ $seen TABLE
      ps axeww -o pid= -o ppid= -o pgid= -o stat= -o lstart= -o args=
    } | awk '
      NR == 1 { mark = $0; next }
      NR == 2 { self = $0; next }
      !table { if ($0 == "TABLE") table = 1; else known[$0]; next }
      $3 == self { looked = 1; next }
      $4 ~ /^Z/ { next }
      {
        key[$1] = $1 "@" $5 $6 $7 $8 $9
        parent[$1] = $2
        group[$1] = $3
        if (index($0 " ", " LOOOP_WRAPPER=" mark " ")) { spared[$3]; mine[$1] }
        if (index($0 " ", " LOOOP_GENERATION=" mark " ")) mine[$1]
        if (key[$1] in known || key[$1] "/spared" in known) mine[$1]
      }
      END {
        if (!looked) exit 1
        do {
          more = 0
          for (pid in parent) if (!(pid in mine) && parent[pid] in mine) { mine[pid]; more = 1 }
        } while (more)
        for (pid in mine) print key[pid] (group[pid] in spared ? "/spared" : "")
      }'
  ) || return 1
  seen=$found
}
signal() {
  local pids= entry
  for entry in $seen; do
    case $entry in */spared) [ "$2" ] || continue ;; esac
    pids="$pids \${entry%%@*}"
  done
  [ -z "$pids" ] || kill -s "$1" -- $pids
}
stage() {
  local n
  signal "$1" "$3"
  # A stopped process takes no signal but KILL until it goes on.
  [ "$1" = KILL ] || signal CONT "$3"
  for ((n = 0; n < $2; n++)); do
    sleep 0.05
    look || continue
    [ "$seen" ] || return 0
    [ "$1" != KILL ] || signal KILL "$3"
  done
  return 1
}
{
  for ((n = 0; n < 40; n++)); do
    if look; then break; fi
    sleep 0.05
  done
  [ $n = 40 ] && seen=UNKNOWN
  [ -z "$seen" ] || [ "$seen" = UNKNOWN ] || stage HUP 15 || stage TERM 20 || stage KILL 10 || stage KILL 40 all
} 2>/dev/null
if [ "$seen" ]; then
  printf '%s\\n' $seen
  exit 1
fi
exec "$@" >/dev/null 2>&1 </dev/null
`;

/** Starts the killer in a process group of its own; in the background where that is asked for. */
const LAUNCHER = `
set -m
killer=$1 wait=$2
shift 2
IFS= read -r mark
if [ "$wait" ]; then
  bash -p -c "$killer" looop "$@" <<<"$mark" &
  wait $!
else
  bash -p -c "$killer" looop "$@" <<<"$mark" >/dev/null 2>&1 &
fi
`;

/**
 * Ends a tree of processes: HUP, after a second or so TERM, then KILL.
 *
 * @returns pids of what is left after all; empty where `fromInside`.
 * @throws {UserError} where `ps` shows no processes.
 */
export async function killTree(request: TreeRequest): Promise<number[]> {
  const { mark, then, fromInside, env } = request;
  const result = await runTool({
    argv: ["bash", "-p", "-c", LAUNCHER, "looop", KILLER, fromInside ? "" : "wait", ...then],
    // Without the mark of the worker that looop may be called from.
    env: { PATH: env.PATH ?? "/usr/bin:/bin", HOME: env.HOME ?? "/", LC_ALL: "C", TZ: "UTC" },
    stdin: `${mark}\n`,
    timeoutMs: 60_000,
  });
  if (result.stdout === "UNKNOWN\n") {
    throw new UserError("cannot kill what nobody can see: ps shows no processes; try again");
  }
  return result.stdout.split("\n").map((line) => parseInt(line)).filter((pid) => pid > 0);
}
