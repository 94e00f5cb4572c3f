import { assert } from "@std/assert";
import { join } from "@std/path";
import { denoDir, emptyHome, launcher, looop } from "../support/looop.ts";
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

/** What is typed before Tab, and what it becomes. */
type Case = [typed: string, seen: RegExp];

/** Kinds of words that looop completes in the same way in all shells, and which one of them therefore tries. */
const ALIKE: Case[] = [
  ["looop run playb", /looop run playbook-daily/],
  ["looop propose goal playb", /looop propose goal playbook-daily/],
  ["looop schedule show dai", /looop schedule show daily/],
  ["looop goal arch", /looop goal archive/],
  ["looop goal archive playb", /looop goal archive playbook-daily/],
];

Deno.test("completions work in bash, zsh and fish: commands, options, and live ids of the profile", async (t) => {
  await using home = await emptyHome();
  const bin = join(home.dir, "bin");
  await Deno.mkdir(bin);
  await Deno.symlink(launcher, join(bin, "looop"));
  const env = {
    ...home.env,
    PATH: `${bin}:${home.env.PATH}`,
    TERM: "xterm-256color",
    LOOOP_DENO: Deno.execPath(),
    DENO_DIR: denoDir(),
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

  for (const [shell, { argv, load }] of Object.entries(SHELLS)) {
    await t.step(shell, async () => {
      await using terminal = await shellOn(env, argv, { name: shell });
      await terminal.type("-l", `${load}; clear; echo re''ady`);
      await terminal.type("Enter");
      await terminal.seen(/^ready/m);
      const cases: Case[] = [
        ["looop appro", /looop approve/],
        ["looop answer ", new RegExp(`looop answer ${id}`)],
        ["looop start-session x y --runner opencod", /--runner opencode/],
        ...shell === "bash" ? ALIKE : [],
        // Nothing that stands on the line is run.
        [`looop answer $(touch ${home.dir}/ran) `, /looop answer \$\(touch/],
        ["looop tick --dry", /looop tick --dry-run/],
      ];
      for (const [typed, seen] of cases) {
        await terminal.type("-l", typed);
        await terminal.type("Tab");
        await terminal.seen(seen);
        await terminal.type("C-u");
      }
      assert(await Deno.stat(`${home.dir}/ran`).catch(() => null) === null);
    });
  }
});
