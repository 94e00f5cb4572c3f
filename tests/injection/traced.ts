import { join } from "@std/path";

/** What a program and all its descendants did, as the kernel saw it. */
export interface Traced {
  code: number;
  stdout: string;
  stderr: string;
  /** The argv of every program that was started, in no particular order. */
  executed: string[][];
}

/** Most milliseconds that a traced program may take: then it and its tracer are killed. */
const DEADLINE_MS = 120_000;

/** Runs a program under strace, and lists what was executed. */
export async function traced(
  argv: string[],
  { env, cwd }: { env: Record<string, string>; cwd: string },
): Promise<Traced> {
  const dir = await Deno.makeTempDir({ prefix: "looop_strace_" });
  try {
    // A file for each process: in a common one two calls can run into each other.
    const files = ["-ff", "-o", join(dir, "log")];
    const calls = ["--seccomp-bpf", "-e", "trace=execve,execveat", "-e", "signal=none"];
    const child = new Deno.Command("strace", {
      args: ["-qq", ...files, ...calls, "-s", "1000000", ...argv],
      ...{ cwd, env, clearEnv: true, stdin: "null", stdout: "piped", stderr: "piped" },
    }).spawn();
    const deadline = setTimeout(() => child.kill("SIGKILL"), DEADLINE_MS);
    const { code, stdout, stderr } = await child.output();
    clearTimeout(deadline);
    const executed: string[][] = [];
    for (const { name } of Deno.readDirSync(dir)) {
      executed.push(...executedIn(await Deno.readTextFile(join(dir, name))));
    }
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr), executed };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Reads a log of strace: the argv of each `execve` that succeeded. */
export function executedIn(log: string): string[][] {
  return log.split("\n").flatMap((line) => {
    const argv = /^execve(?:at)?\(.*?, \[(.*)\], .*\) += 0$/.exec(line)?.[1];
    if (argv !== undefined) {
      return [[...argv.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text]) => plain(text))];
    }
    if (/^execve.* = (-|\?)/.test(line) || !line.startsWith("execve")) return [];
    throw new Error(`a line of strace that nobody understands: ${line}`);
  });
}

const ESCAPES: Record<string, number> = { n: 10, t: 9, r: 13, v: 11, f: 12 };

/** strace writes strings as C does, bytes beyond ASCII in octal. */
function plain(text: string): string {
  const bytes: number[] = [];
  for (const [part, escape] of text.matchAll(/\\([0-7]{1,3}|.)|[^\\]/g)) {
    if (escape === undefined) bytes.push(...new TextEncoder().encode(part));
    else if (/^[0-7]/.test(escape)) bytes.push(parseInt(escape, 8));
    else bytes.push(ESCAPES[escape] ?? escape.charCodeAt(0));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}
