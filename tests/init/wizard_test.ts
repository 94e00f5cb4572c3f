import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { type Shell, shellOn } from "../e2e/shell_on.ts";
import { launcher, looop } from "../support/looop.ts";
import { bareMachine } from "./bare_machine.ts";

const BASH = ["bash", "--norc", "--noprofile", "-i"];

/** A terminal on a machine without any LLM runner, whose `looop` is this checkout. */
async function machine(size: { columns: number; rows: number }) {
  const home = await bareMachine();
  await Deno.symlink(launcher, join(home.dir, "bin", "looop"));
  const env = { ...home.env, LOOOP_DENO: Deno.execPath() };
  const shell = await shellOn(env, BASH, size);
  return {
    ...home,
    env,
    shell,
    async [Symbol.asyncDispose]() {
      await shell[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

/** Answers one prompt once it is there, and sees the answer before Enter. */
async function answer(shell: Shell, prompt: RegExp, text: string): Promise<void> {
  await shell.seen(prompt);
  if (text !== "") {
    await shell.type("-l", text);
    await shell.seen(new RegExp(`${text.replace(/[^\w ]/g, "\\$&").replaceAll(" ", "\\s")}█`));
  }
  await shell.type("Enter");
}

async function start(shell: Shell, command: string): Promise<void> {
  await shell.seen(/^\$\s*$/m);
  await shell.run(`${command}; echo status=$?`);
}

Deno.test("looop init asks in a terminal, shows all, and makes a profile that moves at its first tick", async () => {
  await using home = await machine({ columns: 80, rows: 40 });
  const { shell, env, dataDir } = home;
  await start(shell, "looop init");
  await answer(shell, /> auto: the first that is installed \(now: none is installed\)/, "");
  await shell.seen(/> \[ \] command: /);
  await shell.type("Space", "Enter");
  await answer(shell, /command: command \(the command line, for bash\): █/, "exit 3");
  await answer(shell, /change other settings [^?]*\?\s+\(y\/N\) █/, "");
  await answer(shell, /A goal, in one line \(Enter: none\): █/, "Ship 1.0");
  await answer(shell, /Another \(Enter: no more\): █/, "");
  await answer(shell, /What looop may do by itself \(Enter: none\): █/, "");
  await answer(shell, /only after your approval \(Enter: none\): █/, "");
  await answer(shell, /must never do \(Enter: none\): █/, "pay");
  await answer(shell, /Another \(Enter: no more\): █/, "");
  await shell.seen(/new +goals\/watch-command\.md[^]*Write these 9 files\? \(Y\/n\) █/);
  assertEquals(await Deno.stat(dataDir).catch(() => null), null);
  await shell.type("Enter");
  await shell.seen(/^status=0$/m);
  assertMatch(
    await shell.screen(),
    /\nwrote 9 files in\s\S+(\n\S+)?\narchived goals\/setup\.md: the setup is done\n/,
  );

  const { code, stdout } = await looop(["tick"], { env });
  assertEquals(code, 0);
  assertMatch(stdout, /^\d\d:\d\d:\d\d ask: ~? ?asked: exit 3 fails \(ask \w+\)\n/);

  // Again: what is there is told, and kept.
  await start(shell, "looop init");
  await answer(shell, /> auto: the first that is installed/, "");
  await answer(shell, /which are kept: command\.sh[^]*What to watch\?[^]*> \[ \] git/, "");
  await answer(shell, /A goal, in one line/, "Rest");
  await answer(shell, /Another/, "");
  await answer(shell, /What looop may do by itself \(Enter/, "");
  await answer(shell, /only after your approval/, "");
  await answer(shell, /must never do, besides pay \(Enter: none\)/, "");
  await shell.seen(/Write this file\?/);
  await shell.type("n", "Enter");
  await shell.seen(/cancelled; nothing was written\nstatus=1/);
  assertEquals(await Deno.stat(join(dataDir, "goals", "rest.md")).catch(() => null), null);
});

Deno.test("looop init stops at Ctrl-C, writes nothing, and leaves a narrow terminal as it was", async () => {
  await using home = await machine({ columns: 40, rows: 20 });
  const { shell, dir } = home;
  const before = () => [...Deno.readDirSync(dir)].map(({ name }) => name).sort();
  const there = before();
  await start(shell, "NO_COLOR=1 looop init");
  await shell.seen(/> auto: the first that is installed/);
  await shell.type("C-c");
  await shell.seen(/cancelled; nothing was written\nstatus=130/);
  // In the middle of a text, after some answers.
  await start(shell, "looop init --runner none --sensor linear");
  await shell.seen(/A goal, in one line/);
  await shell.type("-l", "half a g");
  await shell.seen(/half\s+a g█/);
  await shell.type("C-c");
  await shell.seen(/status=130/);
  assertEquals(await shell.tell("#{cursor_flag}"), "1");
  await start(shell, "stty -a | grep -ow -e icanon -e echo -e isig");
  await shell.seen(/isig\nicanon\necho\nstatus=0/);
  assertEquals(before(), there);
});

Deno.test("looop init asks anew for a setting that cannot be", async () => {
  await using home = await machine({ columns: 100, rows: 30 });
  const { shell, dataDir } = home;
  await start(shell, "looop init --runner none --goal g --may a --ask b --never c");
  await shell.seen(/> \[ \] command/);
  for (const key of ["Down", "Space", "Enter"]) await shell.type(key);
  await answer(shell, /git: repositories \(directories, separated by commas\): █/, "here");
  await answer(shell, /repositories: it must begin with \/ or ~\/\n[^]*: █/, "~/a,~/b");
  await shell.seen(/repositories: there is no ~\/a\n/);
  for (const name of ["a", "b"]) await Deno.mkdir(join(home.dir, name));
  await answer(shell, /there is no ~\/a\n[^]*: █/, "~/a,~/b");
  await shell.seen(/change other settings \(stale_days, untracked, fetch, interval\)\?/);
  await shell.type("y", "Enter");
  await answer(
    shell,
    /stale_days \(days until a branch is stale \(30\); Enter: unchanged\): █/,
    "7",
  );
  await answer(shell, /untracked/, "");
  await answer(shell, /fetch/, "");
  await answer(shell, /interval/, "");
  await shell.seen(/Write these \d+ files\?/);
  await shell.type("Enter");
  await shell.seen(/status=0/);
  const sensor = await Deno.readTextFile(join(dataDir, "sensors", "git.sh"));
  assertMatch(sensor, /^REPOSITORIES=\('~\/a' '~\/b'\)$/m);
  assertMatch(sensor, /^STALE_DAYS=7$/m);
});

Deno.test("looop offers looop init on the first run without an LLM runner: n starts the pulse, and Ctrl-C stops it", async () => {
  const OFFER =
    /no LLM runner is installed; run `looop init` to choose what to watch\nRun looop init now\? \(Y\/n\) █/;
  await using home = await machine({ columns: 100, rows: 30 });
  const { shell, dataDir } = home;
  await start(shell, "looop");
  await shell.seen(OFFER);
  await shell.type("C-c");
  await shell.seen(/looop stopped\nstatus=130/);
  await start(shell, "stty -a | grep -ow -e icanon -e echo -e isig");
  await shell.seen(/isig\nicanon\necho\nstatus=0/);
  // The profile exists now, so that only its removal makes another first run.
  await start(shell, `rm -rf '${dataDir}'; looop`);
  await shell.seen(OFFER);
  await shell.type("n", "Enter");
  await shell.seen(/changed, but no rule matched and no LLM is configured/);
  await shell.type("C-c");
  await shell.seen(/looop stopped\n\s*\$\s*$/);
  // A tick asks nothing.
  await start(shell, `rm -rf '${dataDir}'; looop tick`);
  await shell.seen(
    /run `looop init` to choose what to watch\n[^]*changed, but no rule matched[^]*status=0/,
  );
});
