import { join } from "@std/path";
import { eventually } from "../support/eventually.ts";
import { type EmptyHome, emptyHome, spawnLooop } from "../support/looop.ts";

/** A real pulse, started as people do, that decides `noop` by a runner of its own. */
export interface CliPulse extends AsyncDisposable {
  home: EmptyHome;
  pid: number;
  /** What it printed so far, both streams. */
  printed(): string;
  /** Edits PLAYBOOK, which wakes it. */
  edit(): Promise<void>;
  /** Ends it; its files stay until it is disposed of. */
  stop(): Promise<void>;
  /** The moves in its journal. */
  moves(): Promise<number>;
}

/** Starts it, with these executables beside the starter files, and waits until its first move is made. */
export async function cliPulse(
  config: Record<string, unknown> = {},
  sensors: Record<string, string> = {},
): Promise<CliPulse> {
  const home = await emptyHome();
  for (const [path, text] of Object.entries(sensors)) {
    await Deno.mkdir(join(home.dataDir, "sensors"), { recursive: true, mode: 0o700 });
    await Deno.writeTextFile(join(home.dataDir, path), text, { mode: 0o700 });
  }
  await Deno.mkdir(join(home.dir, ".config"));
  const move = JSON.stringify({ action: "noop", reason: "fine", journal: "looked" });
  const tick = `cat >/dev/null; echo '${move}'`;
  await Deno.writeTextFile(
    join(home.dir, ".config", "looop.json"),
    JSON.stringify({ runner: "mine", runners: { mine: { tick } }, ...config }),
  );
  const child = spawnLooop([], { env: home.env });
  let printed = "";
  const read = async (stream: ReadableStream<Uint8Array>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) printed += text;
  };
  const reading = Promise.all([read(child.stdout), read(child.stderr)]);
  let edits = 0;
  let stopped = false;
  const pulse: CliPulse = {
    home,
    pid: child.pid,
    printed: () => printed,
    edit: () => Deno.writeTextFile(join(home.dataDir, "PLAYBOOK.md"), `# ${++edits}\n`),
    async moves() {
      const journal = await Deno.readTextFile(join(home.dataDir, "journal.md")).catch(() => "");
      return journal.split("\n").filter((line) => line.endsWith(" looked")).length;
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      child.kill("SIGTERM");
      await child.status;
      await reading;
    },
    async [Symbol.asyncDispose]() {
      await pulse.stop();
      await home[Symbol.asyncDispose]();
    },
  };
  const lastTick = join(home.dataDir, ".looop", "last_tick.json");
  await eventually(
    "the first tick",
    () => Deno.stat(lastTick).then(() => true, () => false),
  );
  return pulse;
}
