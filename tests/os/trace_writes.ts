/** System calls that make something durable or give it another name. */
const CALLS =
  "fsync,fdatasync,sync_file_range,?rename,renameat,renameat2,?link,linkat,?unlink,unlinkat";
const DEADLINE_MS = 120_000;

/**
 * Runs code that may import from `src/` as `@src/…`, and lists the calls that it made on files inside its working
 * directory, in order: `sync a`, `rename a b`, `link a b`, `unlink a`. Paths are relative to that directory.
 *
 * @throws {Error} where the code fails.
 */
export async function traceWrites(code: string, directory: string): Promise<string[]> {
  const log = await Deno.makeTempFile({ prefix: "looop_strace_" });
  try {
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const source = code.replaceAll("@src/", new URL("../../src/", import.meta.url).href);
    const deno = [Deno.execPath(), "eval", "--config", config, source];
    const { success, stderr } = await new Deno.Command("strace", {
      args: ["-f", "-qq", "-y", "-s", "4096", "-e", `trace=${CALLS}`, "-o", log, ...deno],
      cwd: directory,
      stdin: "null",
      signal: AbortSignal.timeout(DEADLINE_MS),
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return callsIn(await Deno.readTextFile(log), directory);
  } finally {
    await Deno.remove(log);
  }
}

function callsIn(log: string, directory: string): string[] {
  return log.split("\n").flatMap((line) => {
    const [, call, words] = /^\d+ +(\w+)\((.*)/.exec(line) ?? [];
    if (call === undefined || line.includes(" = -1 ")) return [];
    if (call.includes("sync")) {
      const path = /^\d+<([^>]*)>/.exec(words)?.[1] ?? words;
      return path.startsWith(`${directory}/`) ? [`sync ${path.slice(directory.length + 1)}`] : [];
    }
    // Paths of other places are absolute.
    const paths = [...words.matchAll(/"([^"]*)"/g)].map(([, path]) => path);
    if (paths.some((path) => path.startsWith("/"))) return [];
    return [[call.replace(/at2?$/, ""), ...paths].join(" ")];
  });
}
