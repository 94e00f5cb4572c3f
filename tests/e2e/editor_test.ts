import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { eventually } from "../support/eventually.ts";
import { denoDir, type EmptyHome, emptyHome, launcher, looop } from "../support/looop.ts";
import { output } from "../support/worker_profile.ts";

const TEA = "---\ngoal: Drink tea\n---\n";

/** A shell of the person's, 60 columns wide, whose editor is a bash script; ended with `await using`. */
async function shellWith(home: EmptyHome, script: string) {
  const editor = join(home.dir, "editor");
  await Deno.writeTextFile(editor, `#!/bin/bash\n${script}`, { mode: 0o700 });
  const env = {
    ...home.env,
    ...{ TERM: "xterm-256color", PS1: "$ ", HISTFILE: "/dev/null", VISUAL: `'${editor}'` },
    ...{ LOOOP_DENO: Deno.execPath(), DENO_DIR: denoDir() },
  };
  const socket = join(home.dir, "tmux.sock");
  const tmux = (...args: string[]) =>
    output("tmux", ["-S", socket, "-f", "/dev/null", ...args], env);
  await tmux("new-session", "-d", "-x", "60", "-y", "40", "bash", "--norc", "--noprofile");
  const screen = () => tmux("capture-pane", "-p", "-J");
  return {
    screen,
    type: (...keys: string[]) => tmux("send-keys", ...keys),
    seen: (what: RegExp) =>
      eventually(`the screen shows ${what}`, async () => what.test(await screen())),
    [Symbol.asyncDispose]: async () => void await tmux("kill-server"),
  };
}

Deno.test("looop goal write leaves Ctrl-C and Ctrl-Z to the editor, and writes what that saved", async () => {
  await using home = await emptyHome();
  await looop(["goal", "write", "tea", "-"], { env: home.env, stdin: TEA });
  await using shell = await shellWith(
    home,
    `trap 'echo interrupted >>"$1"; echo "[interrupted]"' INT
trap 'echo "[continued]"' CONT
cat "$1"; echo "[editing]"
until [ "$line" = . ]; do
  read -r line && [ "$line" != . ] && echo "$line" >>"$1" && echo "[took $line]"
done
`,
  );
  const { type, seen } = shell;
  await type(`${launcher} goal write tea`, "Enter");
  await seen(/^\[editing\]/m);
  await type("one", "Enter");
  // Ctrl-C drops what the terminal has and nobody has read yet.
  await seen(/\[took one\]/);
  await type("C-c");
  await seen(/\[interrupted\]/);
  await type("C-c");
  await seen(/\[interrupted\][^]*\[interrupted\]/);
  await type("C-z");
  await seen(/Stopped/);
  await type("fg", "Enter");
  // What comes before the shell hands the terminal over would reach the editor as one line.
  await seen(/\[continued\]/);
  await type("two", "Enter", ".", "Enter");
  await seen(/^wrote goals\/tea\.md$/m);
  assertEquals(
    await Deno.readTextFile(join(home.dataDir, "goals", "tea.md")),
    `${TEA}one\ninterrupted\ninterrupted\ntwo\n`,
  );
});

Deno.test("looop goal write offers the editor again where no tick could read what was typed", async () => {
  await using home = await emptyHome();
  await looop(["goal", "write", "tea", "-"], { env: home.env, stdin: TEA });
  await using shell = await shellWith(
    home,
    `if grep -q gaol "$1"; then sed -i 's/gaol.*/goal: Mended/' "$1"; else sed -i 's/goal/gaol/' "$1"; fi
`,
  );
  const { type, seen, screen } = shell;
  await type(`${launcher} goal write tea`, "Enter");
  await seen(
    /^looop: goals\/tea\.md: in the front matter:\n[^]*unknown key `gaol`[^]*Open the editor again\?/m,
  );
  await type("Enter");
  await seen(/^wrote goals\/tea\.md$/m);
  const target = join(home.dataDir, "goals", "tea.md");
  assertEquals(await Deno.readTextFile(target), "---\ngoal: Mended\n---\n");

  await type("clear", "Enter");
  await seen(/^(?![^]*Open the editor again)/);
  await type(`${launcher} goal write tea`, "Enter");
  await seen(/Open the editor again\?/);
  await type("C-c");
  await seen(/^looop: goals\/tea\.md was not written; your text is in\s+\S+[^]*^\$ $/m);
  const [, kept] = /your text is in\s+(\S+[^]*?)\n\$ $/m.exec(await screen()) ?? [];
  // A line is broken at a space of the path, too.
  assertMatch(await Deno.readTextFile(kept.replaceAll(/\n */g, " ")), /^gaol: Mended$/m);
  assertEquals(await Deno.readTextFile(target), "---\ngoal: Mended\n---\n");
});
