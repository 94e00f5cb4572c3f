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
const tid = await threadThatReads(go);
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

/** The thread whose system call has that file as its first argument, by whichever of its descriptors. */
async function threadThatReads(path: string): Promise<string> {
  // Deno takes a second descriptor for a call that waits.
  const ofFile = (fd: number) => isLinkTo(`/proc/self/fd/${fd}`, path);
  for (const deadline = Date.now() + 20_000; Date.now() < deadline;) {
    const found = tasks().find((tid) => {
      const [, first] = Deno.readTextFileSync(`/proc/self/task/${tid}/syscall`).split(" ");
      return first !== undefined && first.length < 8 && ofFile(Number(first));
    });
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error(`no thread reads ${path}`);
}

function isLinkTo(link: string, path: string): boolean {
  try {
    return Deno.readLinkSync(link) === path;
  } catch {
    return false; // no such descriptor
  }
}
