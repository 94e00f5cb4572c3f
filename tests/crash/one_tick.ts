/**
 * One tick of a profile in this very process, all of whose file calls are made by one known thread:
 * `one_tick.ts <data dir> <config> <go> <never> <time>`. Prints `<pid> <tid>`, waits for a byte in the pipe `go`, ticks, and
 * prints what came of it.
 *
 * Deno makes its asynchronous file calls on up to 32 threads, which take turns, while strace counts the calls of
 * each thread by itself: "the process's 7th rename" cannot be told to it. So all threads but one are made to wait
 * here for ever, for somebody who writes into the pipe `never`. The one that is left waits for `go` meanwhile.
 */
import { systemClock } from "../../src/host/clock.ts";
import { openProfile } from "../../src/profile/profile.ts";
import { tickOnce } from "../../src/tick_once.ts";

/** The most threads that Deno has for its file calls. */
const THREADS = 32;

const [dataDir, configPath, go, never, time] = Deno.args;
// Whoever opens a pipe for both waits for nobody.
const told = Deno.openSync(go, { read: true, write: true }).read(new Uint8Array(1));
for (let thread = 1; thread < THREADS; thread++) void Deno.open(never);
await until(() => tasks().filter(waitsToOpen).length === THREADS - 1);
const tid = await until(() => tasks().find((tid) => isLinkTo(firstArgument(tid), go)));
console.log(`${Deno.pid} ${tid}`);
await told;
const profile = await openProfile({
  ...{ dataDir, configPath },
  // Run ids hold the time, and are in the paths by which calls are told apart.
  clock: { ...systemClock, now: () => new Date(time) },
  warn: (text) => console.error(text),
});
const result = await tickOnce(profile);
// A thread that has nothing to do for ten seconds ends: then nobody counted what came later.
if (!tasks().includes(tid)) throw new Error("the thread that makes file calls has ended");
console.log(JSON.stringify(result));
Deno.exit();

function tasks(): string[] {
  return [...Deno.readDirSync("/proc/self/task")].map(({ name }) => name);
}

/** The first argument of the system call that a thread is in, as the path of that file descriptor. */
function firstArgument(tid: string): string {
  const [, first] = Deno.readTextFileSync(`/proc/self/task/${tid}/syscall`).split(" ");
  return `/proc/self/fd/${Number(first)}`;
}

/** Opens a file by its path alone: then the file descriptor of the folder is AT_FDCWD, -100 in 32 bits. */
function waitsToOpen(tid: string): boolean {
  return firstArgument(tid) === `/proc/self/fd/${0xffffff9c}`;
}

async function until<T>(check: () => T): Promise<NonNullable<T>> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline;) {
    const found = check();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error(`the threads do not wait for ${go} and ${never}`);
}

function isLinkTo(link: string, path: string): boolean {
  try {
    return Deno.readLinkSync(link) === path;
  } catch {
    return false; // no such descriptor
  }
}
