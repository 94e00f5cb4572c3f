import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { eventually } from "../eventually.ts";
import { output } from "../workers/worker_profile.ts";
import { denoDir, emptyHome, launcher, looop } from "./looop.ts";

/** Shows the file, notes each Ctrl-C, and appends what is typed until a dot. */
const EDITOR = `#!/bin/bash
trap 'echo interrupted >>"$1"; echo "[interrupted]"' INT
cat "$1"; echo "[editing]"
until [ "$line" = . ]; do read -r line && [ "$line" != . ] && echo "$line" >>"$1" && echo "[took $line]"; done
`;

Deno.test("looop goal write leaves Ctrl-C and Ctrl-Z to the editor, and writes what that saved", async () => {
  await using home = await emptyHome();
  const editor = join(home.dir, "editor");
  await Deno.writeTextFile(editor, EDITOR, { mode: 0o700 });
  const goal = "---\ngoal: Drink tea\n---\n";
  await looop(["goal", "write", "tea", "-"], { env: home.env, stdin: goal });
  const env = {
    ...home.env,
    ...{ TERM: "xterm-256color", PS1: "$ ", HISTFILE: "/dev/null", VISUAL: editor },
    ...{ LOOOP_DENO: Deno.execPath(), DENO_DIR: denoDir() },
  };
  const socket = join(home.dir, "tmux.sock");
  const tmux = (...args: string[]) =>
    output("tmux", ["-S", socket, "-f", "/dev/null", ...args], env);
  await tmux("new-session", "-d", "-x", "60", "-y", "30", "bash", "--norc", "--noprofile");
  try {
    const type = (...keys: string[]) => tmux("send-keys", ...keys);
    const seen = (what: RegExp) =>
      eventually(
        `the screen shows ${what}`,
        async () => what.test(await tmux("capture-pane", "-p")),
      );
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
    await type("two", "Enter", ".", "Enter");
    await seen(/^wrote goals\/tea\.md$/m);
  } finally {
    await tmux("kill-server");
  }
  assertEquals(
    await Deno.readTextFile(join(home.dataDir, "goals", "tea.md")),
    `${goal}one\ninterrupted\ninterrupted\ntwo\n`,
  );
});
