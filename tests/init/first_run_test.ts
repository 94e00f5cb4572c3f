import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { type Shell, shellOn } from "../e2e/shell_on.ts";
import { checkout, type EmptyHome, looop } from "../support/looop.ts";
import { bareMachine } from "./bare_machine.ts";

const BASH = ["bash", "--norc", "--noprofile", "-i"];
/** What a person has who has fetched looop. */
const FETCHED = ["README.md", "bin", "deno.json", "deno.lock", "main.ts", "mod.ts", "seeds", "src"];
/** npm fetches a Deno of 40 MB if its cache has none. */
const FETCH_MS = 120_000;

/** The first command that the README names, without its comment. */
async function firstCommand(): Promise<string> {
  const readme = await Deno.readTextFile(join(checkout, "README.md"));
  const [, command] = /^ {4}(npx \S.*?) {2,}#/m.exec(readme) ?? [];
  assert(command !== undefined);
  return command;
}

async function fetchLooop(home: EmptyHome): Promise<string> {
  const folder = join(home.dir, "looop");
  await Deno.mkdir(folder);
  const args = ["-r", ...FETCHED.map((name) => join(checkout, name)), folder];
  const { success, stderr } = await new Deno.Command("cp", { args }).output();
  assert(success, new TextDecoder().decode(stderr));
  return folder;
}

/** Ends whatever outlives the pulse: workers, and the tmux server that they live in. */
async function endWorkers({ env, dataDir }: EmptyHome): Promise<void> {
  await looop(["down", "--workers"], { env });
  const text = await Deno.readTextFile(join(dataDir, ".looop", "tmux.json")).catch(() => null);
  if (text !== null) Deno.kill(JSON.parse(text).pid, "SIGKILL");
}

async function run(shell: Shell, command: string): Promise<void> {
  await shell.run(`${command}; echo status=$?`);
}

Deno.test("README's first command on a machine without any LLM runner offers looop init, and goes on to moves", async () => {
  await using home = await bareMachine(["node", "npm", "npx"]);
  const folder = await fetchLooop(home);
  const start = await firstCommand();
  const cache = {
    npm_config_cache: Deno.env.get("npm_config_cache") ?? `${Deno.env.get("HOME")}/.npm`,
  };
  const env = { ...home.env, ...cache };
  try {
    await using pulse = await shellOn(env, BASH, { columns: 100, name: "pulse" });
    await run(pulse, `cd '${folder}'; ${start}`);
    await pulse.seen(
      /no LLM runner is installed; run `looop init` to choose what to watch\n.*Run looop init now\? \(Y\/n\)/,
      FETCH_MS,
    );
    await pulse.type("Enter");
    await pulse.seen(/> auto: the first that is installed \(now: none is installed\)/);
    await pulse.type("Enter");
    await pulse.seen(/> \[ \] command/);
    await pulse.type("Down", "Space", "Enter");
    await pulse.seen(/git: repositories \(directories, separated by commas\): █/);
    await pulse.type("-l", "~/nowhere");
    await pulse.type("Enter");
    await pulse.seen(/repositories: there is no ~\/nowhere/);
    // Without a repository in it.
    await Deno.mkdir(join(home.dir, "nowhere"));
    await pulse.type("-l", "~/nowhere");
    await pulse.type("Enter");
    await pulse.seen(/change other settings/);
    await pulse.type("Enter");
    for (
      const question of [
        /A goal, in one line/,
        /What looop may do by itself/,
        /only after your approval/,
        /must never do/,
      ]
    ) {
      await pulse.seen(question);
      await pulse.type("Enter");
    }
    await pulse.seen(/archive goals\/setup\.md[^]*Write these 5 files\? \(Y\/n\)/);
    await pulse.type("Enter");
    await pulse.seen(/wrote 5 files in\s[^]*The running loop picks this up automatically\./);

    // The pulse goes on with the new goals.
    await pulse.seen(/ask: asked: ~\/nowhere needs a manual fix \(ask \w+\)/);
    await using user = await shellOn(env, BASH, { columns: 80, name: "user" });
    await run(user, `cd '${folder}'; ${start} asks`);
    await user.seen(/~\/nowhere needs a manual fix[^]*status=0/);

    await pulse.type("C-c");
    await pulse.seen(/\^C[^$]*\$\s*$/);
    const journal = (await Deno.readTextFile(join(home.dataDir, "journal.md"))).trim().split("\n");
    assertEquals(
      journal.slice(0, 2).map((line) =>
        line.slice("- 2026-11-24 12:00 ".length).replace(/ \(ask .*/, "")
      ),
      [
        "set up with looop init: sensors/git.sh, goals/watch-git.md, goals/note-changes.md, goals/setup.md",
        "asked: ~/nowhere needs a manual fix",
      ],
    );
    assertMatch(
      await Deno.readTextFile(join(home.dir, ".config", "looop.json")),
      /"runner": "auto"/,
    );
  } finally {
    await endWorkers(home);
  }
});
