import { assert } from "@std/assert";
import { join } from "@std/path";
import { emptyHome, launcher, looop } from "../support/looop.ts";
import { shellOn } from "./shell_on.ts";

/** How each shell is started without anybody's settings, and told of the completions. */
const SHELLS: Record<string, { argv: string[]; load: string }> = {
  bash: { argv: ["bash", "--norc", "--noprofile", "-i"], load: `eval "$(looop completions bash)"` },
  zsh: {
    argv: ["zsh", "-f", "-i"],
    load: `autoload -Uz compinit && compinit -u -D && eval "$(looop completions zsh)"`,
  },
  fish: { argv: ["fish", "--no-config", "-i"], load: "looop completions fish | source" },
};

for (const [shell, { argv, load }] of Object.entries(SHELLS)) {
  Deno.test(`completions work in ${shell}: commands, options, and live ids of the profile`, async () => {
    await using home = await emptyHome();
    const bin = join(home.dir, "bin");
    await Deno.mkdir(bin);
    await Deno.symlink(launcher, join(bin, "looop"));
    const cache = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
    const env = {
      ...home.env,
      PATH: `${bin}:${home.env.PATH}`,
      TERM: "xterm-256color",
      LOOOP_DENO: Deno.execPath(),
      DENO_DIR: cache,
      PS1: "$ ",
      HISTFILE: "/dev/null",
    };
    const runner = join(home.dir, "ask.sh");
    const ask = { action: "ask", question: "Tea or coffee?", journal: "asked", more: false };
    await Deno.writeTextFile(runner, `cat >/dev/null; echo '${JSON.stringify(ask)}'`);
    await Deno.mkdir(join(home.dir, ".config"));
    const config = { runner: "mine", runners: { mine: { tick: `bash ${runner}` } } };
    await Deno.writeTextFile(join(home.dir, ".config", "looop.json"), JSON.stringify(config));
    await looop(["tick"], { env: home.env });
    const asked = await looop(["asks", "--json"], { env: home.env });
    const [{ id }] = JSON.parse(asked.stdout);

    await using terminal = await shellOn(env, argv);
    await terminal.type("-l", `${load}; clear; echo re''ady`);
    await terminal.type("Enter");
    const { seen } = terminal;
    await seen(/^ready/m);
    await terminal.type("-l", "looop appro");
    await terminal.type("Tab");
    await seen(/looop approve/);
    await terminal.type("C-u");
    await terminal.type("-l", "looop answer ");
    await terminal.type("Tab");
    await seen(new RegExp(`looop answer ${id}`));
    await terminal.type("C-u");
    await terminal.type("-l", "looop run playb");
    await terminal.type("Tab");
    await seen(/looop run playbook-daily/);
    await terminal.type("C-u");
    await terminal.type("-l", "looop propose sensor tod");
    await terminal.type("Tab");
    await seen(/looop propose sensor today\.sh/);
    await terminal.type("C-u");
    await terminal.type("-l", "looop start-session x y --runner opencod");
    await terminal.type("Tab");
    await seen(/--runner opencode/);
    await terminal.type("C-u");
    await terminal.type("-l", "looop goal arch");
    await terminal.type("Tab");
    await seen(/looop goal archive/);
    await terminal.type("C-u");
    await terminal.type("-l", "looop goal archive playb");
    await terminal.type("Tab");
    await seen(/looop goal archive playbook-daily/);
    await terminal.type("C-u");
    // Nothing that stands on the line is run.
    await terminal.type("-l", `looop answer $(touch ${home.dir}/ran) `);
    await terminal.type("Tab");
    await seen(/looop answer \$\(touch/);
    await terminal.type("C-u");
    await terminal.type("-l", "looop tick --dry");
    await terminal.type("Tab");
    await seen(/looop tick --dry-run/);
    assert(await Deno.stat(`${home.dir}/ran`).catch(() => null) === null);
  });
}
