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
  await shell.type("-l", `clear; ${command}; echo status=$?`);
  await shell.type("Enter");
}

Deno.test("README's first command on a machine without any LLM runner leads to looop init, and on to moves", async () => {
  await using home = await bareMachine(["node", "npm", "npx"]);
  const folder = await fetchLooop(home);
  const start = await firstCommand();
  const cache = {
    npm_config_cache: Deno.env.get("npm_config_cache") ?? `${Deno.env.get("HOME")}/.npm`,
  };
  const env = { ...home.env, ...cache };
  try {
    await using pulse = await shellOn(env, BASH, { columns: 100, name: "pulse" });
    await run(pulse, `cd ${folder}; ${start}`);
    await pulse.seen(
      /start_worker: started looop init in worker setup \(looop attach setup\)/,
      FETCH_MS,
    );

    await using person = await shellOn(env, BASH, { columns: 80, name: "person" });
    await run(person, `cd ${folder}; ${start} asks`);
    await person.seen(
      /⚑ setup waits for you\n.*looop init asks in a terminal[^]*looop attach setup\n[^]*status=0/,
    );
    await run(person, `${start} attach setup`);
    await person.seen(/Set looop up: Enter begins/);
    await person.type("Enter");
    await person.seen(/> auto: the first that is installed \(now: none is installed\)/);
    await person.type("Enter");
    await person.seen(/> \[ \] command/);
    await person.type("Down", "Space", "Enter");
    await person.seen(/git: repositories \(directories, with commas between\): █/);
    await person.type("-l", "~/nowhere");
    await person.type("Enter");
    await person.seen(/change more of its settings/);
    await person.type("Enter");
    for (
      const question of [/A goal of yours/, /It may by itself/, /Only after your yes/, /Never/]
    ) {
      await person.seen(question);
      await person.type("Enter");
    }
    await person.seen(/archive goals\/setup\.md[^]*Write these 5 files\? \(Y\/n\)/);
    await person.type("Enter");
    await person.seen(
      /wrote 5 files in [^]*The running loop picks this up automatically\.\nPress Enter to close this: █/,
    );

    // The pulse sees it at once, not at its next look.
    await pulse.seen(/ask: asked: ~\/nowhere is in a state that needs a hand \(ask \w+\)/);
    await person.type("Enter");
    await person.seen(/^status=0$/m);
    await run(person, `${start} asks`);
    await person.seen(/~\/nowhere is in a state that needs a hand[^]*status=0/);

    await pulse.type("C-c");
    await pulse.seen(/\^C[^$]*\$\s*$/);
    const journal = (await Deno.readTextFile(join(home.dataDir, "journal.md"))).trim().split("\n");
    assertEquals(
      journal.slice(0, 3).map((line) =>
        line.slice("- 2026-11-24 12:00 ".length).replace(/ \(ask .*/, "")
      ),
      [
        "started looop init in worker setup (looop attach setup), since there is no LLM runner",
        "set up with looop init: sensors/git.sh, goals/watch-git.md, goals/note-changes.md, goals/setup.md",
        "asked: ~/nowhere is in a state that needs a hand",
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
