import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { COMMANDS, HIDDEN } from "../../src/cli/command.ts";
import { lockHolder } from "../../src/os/lock.ts";
import { fileAge } from "../../src/os/stat.ts";
import { cliOn } from "../support/cli_on.ts";
import { eventually } from "../support/eventually.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

const MAIN = fromFileUrl(new URL("../../main.ts", import.meta.url));
const DENO = Deno.execPath();

/** A process of looop on a temporary profile, started by a shell command in which `$looop` stands for it. */
function shell(profile: TempProfile, command: string, detached = false): Deno.Command {
  return new Deno.Command("bash", {
    args: ["-c", command.replaceAll("$looop", `exec '${DENO}' run -A '${MAIN}'`)],
    env: {
      LOOOP_DATA_DIR: profile.paths.dataDir,
      LOOOP_CONFIG: profile.configPath,
      LOOOP_INTERVAL: "60",
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached,
  });
}

Deno.test("main ends quietly when the reader of its stdout has gone", async () => {
  await using profile = await tempProfile();
  const { stderr } = await shell(
    profile,
    "set -o pipefail; (sleep 0.5; $looop help) | true; echo $? >&2",
  ).output();
  assertEquals(new TextDecoder().decode(stderr), "141\n");
});

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`main stops the pulse on ${signal} with status ${code}`, async () => {
    await using profile = await tempProfile();
    await Deno.writeTextFile(profile.configPath, '{"runner": "none"}');
    const child = shell(profile, "$looop").spawn();
    const running = async () => await lockHolder(profile.paths.pulseLock) !== null;
    await eventually("the pulse runs", running);
    await eventually("the pulse has ticked", () => fileAge(profile.paths.lastTick, 0) !== null);
    child.kill(signal);
    const { code: status, stdout, stderr } = await child.output();
    assertEquals([status, new TextDecoder().decode(stderr)], [code, ""]);
    const text = new TextDecoder().decode(stdout);
    assertMatch(text, /^looop {3}\d+\.\d+\.\d+, checks every 60 s; Ctrl-C stops it\n/);
    assertStringIncludes(text, 'the config says "runner": "none"');
    assertMatch(text, /\nlooop stopped\n$/);
    assertEquals(await running(), false);
  });
}

Deno.test("main dies of SIGINT, so that a shell ends the loop that calls it", async () => {
  await using profile = await tempProfile();
  await Deno.writeTextFile(profile.configPath, '{"runner": "none"}');
  const child = shell(profile, "for i in 1; do ($looop); done; echo went on", true).spawn();
  await eventually("the pulse has ticked", () => fileAge(profile.paths.lastTick, 0) !== null);
  // As the terminal does at Ctrl-C.
  Deno.kill(-child.pid, "SIGINT");
  const { signal, stdout } = await child.output();
  assertMatch(new TextDecoder().decode(stdout), /\nlooop stopped\n$/);
  assertEquals(signal, "SIGINT");
});

const ALL = Object.keys(COMMANDS);
const SHOWN = ALL.filter((name) => !HIDDEN.includes(name)).join(", ");

Deno.test("runCli tells version and help, by option and by command", async () => {
  const { status, stdout } = await cliOn(null, ["version"]);
  assertEquals(status, 0);
  assertMatch(stdout, /^looop \d+\.\d+\.\d+ \(deno \d.*\)\n$/);
  assertEquals(await cliOn(null, ["--version"]), { status, stdout, stderr: "" });

  const help = await cliOn(null, ["help"]);
  assertStringIncludes(help.stdout, "\nSet up    looop init ");
  assertEquals(await cliOn(null, ["--help"]), help);

  const pause =
    "Usage:\n    looop pause\n\nSuspends the loop: no sensor runs, no decision, no move until `looop resume`.\n" +
    "\nExamples:\n    looop pause\n    LOOOP_DATA_DIR=~/work looop pause\n";
  for (const args of [["help", "pause"], ["pause", "--help"], ["pause", "x", "-h"]]) {
    assertEquals(await cliOn(null, args), { status: 0, stdout: pause, stderr: "" });
  }
  const pulse = await cliOn(null, ["help", "looop"]);
  assertEquals(pulse.stdout.split("\n", 2), ["Usage:", "    looop"]);
});

Deno.test("runCli refuses a wrong command line with status 2, and says what is right", async () => {
  const cases: [args: string[], stderr: string][] = [
    [
      ["tikc"],
      "looop: unknown command tikc; did you mean looop tick?\n" +
      `commands: ${SHOWN} (see looop help)\n`,
    ],
    [
      ["stop"],
      "looop: unknown command stop; did you mean looop down?\n" +
      `commands: ${SHOWN} (see looop help)\n`,
    ],
    [
      ["edit"],
      `looop: unknown command edit\ncommands: ${SHOWN} (see looop help)\n`,
    ],
    [
      ["tick", "--jsn"],
      "looop: unknown option --jsn; did you mean --json?\n" +
      "options: --json, --dry-run, --wait, --wake, --strict, --help (put -- before a text that begins with -)\n" +
      "usage: looop tick [--json] [--dry-run] [--wait[=S]] [--wake] [--strict]\n",
    ],
    [
      ["--json"],
      "looop: unknown option --json\n" +
      "options: --help (put -- before a text that begins with -)\nusage: looop\n",
    ],
    [["run"], "looop: missing argument <goal-id>\nusage: looop run <goal-id> [--json]\n"],
    [
      ["answer", "q1", "two", "words"],
      "looop: unexpected argument words (quote a text of several words)\n" +
      "usage: looop answer [ask-id] [text|-] [--other]\n",
    ],
    [
      ["ls", "--interval", "5s"],
      "looop: --interval has no effect without --watch\n" +
      "usage: looop ls [--json] [--watch] [--interval 2s] [--all]\n",
    ],
    [
      ["sensor", "add", "--force"],
      "looop: --force has no effect without the name of a catalogue sensor\n" +
      "usage: looop sensor add [name] [--as NAME] [--set KEY=VALUE]… [--force] [--print]\n",
    ],
    [
      ["sensor", "add", "http", "--force", "--print"],
      "looop: --force has no effect with --print, which writes nothing\n" +
      "usage: looop sensor add [name] [--as NAME] [--set KEY=VALUE]… [--force] [--print]\n",
    ],
    [
      ["cost", "add", "w1", "0.4", "--json"],
      "looop: --json has no effect with add\n" +
      "usage: looop cost [today|all] [--json] | looop cost add <id> <usd>\n",
    ],
    [["pause", "now"], "looop: unexpected argument now\nusage: looop pause\n"],
    [
      ["cost", "week"],
      "looop: unknown period week; use today or all\n" +
      "usage: looop cost [today|all] [--json] | looop cost add <id> <usd>\n",
    ],
    [
      ["help", "goels"],
      "looop: unknown topic goels; did you mean looop help goals?\n" +
      `topics: ${
        ALL.join(", ")
      }, config, notifications, goals, sensors, schedules, moves, files, environment, secrets, sandbox, json, all\nusage: looop help [command|topic]\n`,
    ],
  ];
  for (const [args, stderr] of cases) {
    assertEquals(await cliOn(null, args), { status: 2, stdout: "", stderr });
  }
  const constructor = await cliOn(null, ["constructor"]);
  assertEquals([constructor.status, constructor.stdout], [2, ""]);
});

Deno.test("runCli shows no control character of what was typed", async () => {
  const { stderr } = await cliOn(null, ["\x1b[2J\u202e"]);
  assertEquals(stderr.split("\n", 1), ["looop: unknown command \\x1b[2J\\u{202e}"]);
});

Deno.test("runCli refuses a config that cannot be used, with status 2, and writes nothing", async () => {
  await using profile = await tempProfile();
  const { paths, configPath } = profile;
  await Deno.remove(paths.dataDir, { recursive: true });
  await Deno.writeTextFile(configPath, '{"runer": "pi", "interval": "soon"}');
  for (const args of [[], ["tick"], ["run", "x"], ["status"], ["asks"], ["cost"], ["pause"]]) {
    const { status, stdout, stderr } = await cliOn(profile, args);
    assertEquals([status, stdout], [2, ""]);
    assertStringIncludes(stderr, `looop: cannot use config ${configPath}:\n`);
    assertStringIncludes(stderr, '`interval` must be a number; found "soon"');
    assertStringIncludes(
      stderr,
      "unknown key `runer` (did you mean `runner`?); allowed are runner, worker_runner, runners, interval",
    );
  }
  assertEquals([...Deno.readDirSync(profile.root)].map(({ name }) => name).sort(), [
    "home",
    "looop.json",
  ]);
});

Deno.test("runCli gives status 1 for what could not be done, without a stack", async () => {
  await using profile = await tempProfile();
  await profile.write("goals/setup.md", "---\ngoal: Set up\n---\n");
  await profile.write("goals/archive/old.md", "---\ngoal: Old\n---\n");
  assertEquals(await cliOn(profile, ["run", "nothing"]), {
    status: 1,
    stdout: "",
    stderr: "looop: there is no goal nothing\n  goals: setup\n  archived: old\n",
  });
  assertEquals(await cliOn(profile, ["answer", "q1", "yes"]), {
    status: 1,
    stdout: "",
    stderr: "looop: there is no ask q1: looop asks lists the open ones\n",
  });
});

Deno.test("runCli asks to report what is no fault of the user's, with its stack", async () => {
  await using profile = await tempProfile();
  profile.clock = {
    ...profile.clock,
    now() {
      throw new TypeError("broken\x1b[2J");
    },
  };
  const { status, stderr } = await cliOn(profile, ["cost"]);
  assertEquals(status, 1);
  assertMatch(stderr, /^looop: TypeError: broken\\x1b\[2J\n +at .*commands\/cost/s);
  assertMatch(stderr, /\nlooop: this is a bug in looop: please report .*\n$/);
});

Deno.test("runCli gives the status of the signal that stopped it", async () => {
  await using profile = await tempProfile();
  for (
    const [reason, status] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129], [
      "SIGPIPE",
      141,
    ]] as const
  ) {
    const end = await cliOn(profile, ["answer", "q1", "-"], { signal: AbortSignal.abort(reason) });
    assertEquals(end, { status, stdout: "", stderr: "" });
  }
});
