import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { unicodeWidth } from "@std/unicode-width";
import { setColorEnabled } from "deno-std/fmt/colors.js";
import { COMMANDS } from "../../src/cli/command.ts";
import { runCli } from "../../src/cli/main.ts";
import { viewOf } from "../../src/cli/output/view.ts";
import { Dashboard } from "../../src/cli/watch/dashboard.ts";
import { renderFrame } from "../../src/cli/watch/frame.ts";
import { loadPeek } from "../../src/cli/watch/peek.ts";
import { readStatus } from "../../src/loop/status.ts";
import type { Terminal } from "../../src/os/terminal.ts";
import { output } from "../support/worker_profile.ts";
import { memoryTerminal } from "../support/memory_terminal.ts";
import { pathsOf } from "../../src/profile/paths.ts";
import { openProfile } from "../../src/profile/profile.ts";
import { type Call, NOT_SHOWN, READS, SCREENS } from "./screens.ts";
import { answer, NOW, type ScreenProfile, screenProfile, SHOWN_ROOT } from "./screen_profile.ts";

const SIZES = [{ columns: 60, rows: 20 }, { columns: 100, rows: 30 }];

const DIR = new URL("./screens/", import.meta.url);

Deno.test("every command has screens, or a reason to have none", () => {
  assertEquals(Object.keys({ ...SCREENS, ...NOT_SHOWN }).sort(), Object.keys(COMMANDS).sort());
});

// LOOOP_SCREENS=status,ls takes only those of these commands.
Deno.test("the screens of every command are as they were reviewed: LOOOP_UPDATE_SCREENS=1 writes them anew", async () => {
  if (Deno.noColor || Deno.env.get("TZ") !== "UTC") return await inOtherProcess();
  setColorEnabled(true);
  await using made = await screenProfile();
  const profile = { ...made, copy: join(made.root, "copy") };
  await output("cp", ["-a", profile.paths.dataDir, profile.copy]);
  const only = Deno.env.get("LOOOP_SCREENS")?.split(",");
  const wrong: string[] = [];
  for (const command of Object.keys(SCREENS)) {
    if (only && !only.includes(command)) continue;
    const text = await screensOf(profile, command);
    wrong.push(...tooWide(text).map((line) => `${command}.txt: ${line}`));
    const file = new URL(`${command}.txt`, DIR);
    if (Deno.env.get("LOOOP_UPDATE_SCREENS") === "1") await Deno.writeTextFile(file, text);
    const reviewed = await Deno.readTextFile(file).catch(() => "");
    try {
      assertEquals(text, reviewed);
    } catch (error) {
      const changed = (error as Error).message.split("\n").filter((line) => /^\S*[-+] /.test(line));
      wrong.push(`${command}.txt:`, ...changed);
    }
  }
  assert(wrong.length === 0, wrong.join("\n"));
});

/** Runs this file in a process with colours and in UTC: `NO_COLOR` and the time zone are those of a whole process. */
async function inOtherProcess(): Promise<void> {
  const { NO_COLOR: _, ...here } = Deno.env.toObject();
  const env = { ...here, TZ: "UTC" };
  const args = ["test", "--allow-all", "--no-check", import.meta.filename!];
  const { success, stdout } = await new Deno.Command(Deno.execPath(), { args, env, clearEnv: true })
    .output();
  const lines = new TextDecoder().decode(stdout).split("\n");
  // Its differences alone: the summary of the other run would hide them.
  assert(success, lines.filter((line) => /^(\S*[-+] |error|\S+\.txt:)/.test(line)).join("\n"));
}

/** The coloured screens of both sizes; plain, they are the same without escapes. */
async function screensOf(profile: Screens, command: string): Promise<string> {
  const [narrow, wide] = SIZES;
  const coloured = await transcript(profile, command, { ...narrow, colors: true });
  const plain = await transcript(profile, command, { ...narrow, colors: false });
  if (plain !== withoutColours(coloured)) return `without colour:\n${plain}${coloured}`;
  return `${headOf(narrow)}${coloured}${headOf(wide)}${await transcript(profile, command, {
    ...wide,
    colors: true,
  })}`;
}

const headOf = ({ columns, rows }: typeof SIZES[number]) => `===== ${columns}×${rows}\n`;

const withoutColours = (text: string) => text.replaceAll(/␛\[\d+m/g, "");

type Size = { columns: number; rows: number; colors: boolean };

/** The profile, and a copy of its data directory. */
interface Screens extends ScreenProfile {
  copy: string;
}

/** Runs a command's lines, and returns what a terminal shows, with its escapes visible. */
async function transcript(profile: Screens, command: string, size: Size): Promise<string> {
  const { root, configPath, environment, paths: { dataDir }, copy } = profile;
  const real = await realIds(dataDir);
  let text = "";
  for (const call of SCREENS[command]) {
    const { line, input = "", move, says, late }: Call = typeof call === "string"
      ? { line: call }
      : call;
    if (move) await profile.write("next", answer(move, 0.0275));
    if (says) await profile.write("next", says);
    const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word);
    const stop = new AbortController();
    let sleptMs = 0;
    const clock = {
      now: () => new Date(Date.parse(NOW) + sleptMs),
      // What runs until it is stopped sleeps first after it has drawn its screen.
      sleep(ms: number) {
        // Elsewhere the time must not depend on how often something is polled.
        if (line.includes("--timeout")) sleptMs += ms;
        if (line === "" || line === "ls --watch") stop.abort("SIGINT");
        return Promise.resolve();
      },
    };
    const shown: string[] = [];
    const status = await runCli(
      words.map((word) => real.get(word) ?? word),
      oneStream(shown, size, input),
      stop.signal,
      { dataDir, configPath, environment, clock },
    );
    const end = status === 0 ? "" : `[status ${status}]\n`;
    const all = (late === undefined ? shown : withLate(shown, late)).join("");
    text += `$ ${`looop ${line}`.trimEnd()}\n${all.replace(/(?<=.)$(?!\n)/, "\n")}${end}\n`;
  }
  if (command === "watch") text += await firstFrame(profile, size);
  const all = visible(await withFixedIds(text, dataDir, real)).replaceAll(root, SHOWN_ROOT);
  const shown = command === "doctor" ? all.replaceAll(OF_MACHINE, "") : all;
  if (!READS.includes(command)) await restore(dataDir, copy);
  return shown;
}

/** Findings of `looop doctor` about this machine, with their further lines. */
const OF_MACHINE =
  /^(?:␛\[\d+m)?(ok|warn|fail) +(?:␛\[\d+m)?(deno|scope|bash|git|tmux|script|ps|environment|disk|tmux server|sandbox|sensor [ct]\S+):.*\n(?:[␛ ].*\n)*?(?=(?:␛\[\d+m)?[owf\n])|^\S*\d+ ok.*\n/gm;

async function restore(dataDir: string, copy: string): Promise<void> {
  // The directory itself stays: approvals are bound to its inode.
  await output("find", [dataDir, "-mindepth", "1", "-delete"]);
  await output("cp", ["-a", `${copy}/.`, dataDir]);
}

/** Moves the pieces that begin with this behind the others, but for the last one. */
function withLate(pieces: string[], beginning: string): string[] {
  // deno-lint-ignore no-control-regex
  const isLate = (piece: string) => piece.replace(/^\x1b\[\d+m/, "").startsWith(beginning);
  const others = pieces.filter((piece) => !isLate(piece));
  return [...others.slice(0, -1), ...pieces.filter(isLate), ...others.slice(-1)];
}

/** A terminal whose streams end up in one list, in the order in which they are written. */
function oneStream(shown: string[], size: Size, input: string): Terminal {
  const add = (text: string) => void shown.push(text);
  return { ...memoryTerminal({ ...size, input }), out: add, err: add };
}

/** What `looop watch` shows first. */
async function firstFrame(
  { configPath, environment, clock, paths: { dataDir } }: Screens,
  size: Size,
): Promise<string> {
  const profile = await openProfile({ dataDir, configPath, environment, clock });
  const board = new Dashboard(await readStatus(profile, { full: true }), clock.now());
  const view = await viewOf(memoryTerminal(size));
  renderFrame(board, size, view);
  board.peek = await loadPeek(profile, board.selected()!);
  return `$ looop watch\n${renderFrame(board, size, view).map((line) => `${line}\n`).join("")}`;
}

/** What a redrawn screen shows, without the escapes that place it; the others become visible. */
function visible(text: string): string {
  return text.replaceAll("\x1b", "␛")
    .replaceAll(/␛\[\d+;1H␛\[2K/g, "\n")
    .replaceAll(/␛\[(\?\d+[hl]|2[23];2t|2?J|\d+;1H)/g, "");
}

/** The ids that asks have in the screens → those that they have in this run. */
async function realIds(dataDir: string): Promise<Map<string, string>> {
  const { asks, asksClosed } = pathsOf(dataDir);
  const all: { id: string; asked_at: string; closed: boolean }[] = [];
  for (const dir of [asks, asksClosed]) {
    for await (const { name } of Deno.readDir(dir)) {
      if (name.endsWith(".json")) all.push(JSON.parse(await Deno.readTextFile(join(dir, name))));
    }
  }
  const made = all.filter(({ id }) => id !== "w3c9e1")
    .sort((a, b) => a.asked_at < b.asked_at ? -1 : a.asked_at > b.asked_at ? 1 : 0);
  return new Map(made.map(({ id }, i) => {
    const first = /^[wps]/.exec(id)?.[0] ?? "";
    return [`${first}${i + 1}0aa0${i + 1}`, id];
  }));
}

/** Replaces what differs in each run by fixed text of the same length: ids of asks, runs and commits, and pids. */
async function withFixedIds(
  text: string,
  dataDir: string,
  known: Map<string, string>,
): Promise<string> {
  const pairs = [...await realIds(dataDir), ...known].map(([shown, id]) => [id, shown]);
  const runs = text.matchAll(/\d{8}t\d{6}-([0-9a-f]{8})/g).map(([, end]) => end);
  const ends = new Set([...runsInOrder(join(dataDir, "runs")), ...runs]);
  [...ends].forEach((end, i) => pairs.push([end, `${i + 1}`.padStart(8, "0")]));
  const commits = (await output("git", ["-C", dataDir, "log", "--reverse", "--format=%H"])).trim()
    .split("\n");
  commits.forEach((commit, i) => {
    const shown = `c${`${i + 1}`.padStart(6, "0")}`;
    pairs.push([commit, shown.padEnd(40, "0")], [commit.slice(0, 7), shown]);
  });
  const fixed = pairs.reduce((all, [found, shown]) => all.replaceAll(found, shown), text);
  return fixed.replaceAll(/pid \d+/g, "pid 4711")
    .replaceAll(/(?<=edits\/)[0-9a-f]{8}/g, "0a1b2c3d")
    .replaceAll(/(?<=looop-)[0-9a-f]{8}(?=\.service)/g, "0a1b2c3d")
    .replaceAll(/(?<=Environment="PATH=)[^"]*/g, "/usr/bin:/bin")
    .replaceAll(/[\d,]+ ms of/g, "9 ms of")
    .replaceAll(/(?<=--since 1\.)[0-9a-f]+/g, "0a1b2c3d")
    .replaceAll(/\(deno .*\)/g, "(deno 2.9.6, linux x86_64)");
}

/** The random ends of the ids of runs, the oldest first: in one second there are several. */
function runsInOrder(dir: string): string[] {
  return [...Deno.readDirSync(dir)]
    .map(({ name }) => ({ name, at: Deno.statSync(join(dir, name)).mtime?.getTime() ?? 0 }))
    .sort((a, b) => a.name.slice(0, 15).localeCompare(b.name.slice(0, 15)) || a.at - b.at)
    .map(({ name }) => name.slice(-8));
}

/** Lines that are wider than the terminal, but for the text of files, and for what is copied: a path, an address, a command. */
function tooWide(text: string): string[] {
  let columns = 0;
  let isFile = false;
  return withoutColours(text).split("\n").filter((line) => {
    columns = Number(/^===== (\d+)×/.exec(line)?.[1] ?? columns);
    if (line.startsWith("$ looop")) isFile = / show | --print/.test(line);
    const isCopied =
      /^\$ looop|^ *\S+$|^ +\S*looop \S|^next: looop|^to restore it: git|https?:\/\/\S+$/.test(
        line,
      );
    return unicodeWidth(line) > columns && !isFile && !isCopied;
  });
}
