import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { raiseFlag } from "../../src/inbox/flags.ts";
import { eventually } from "../eventually.ts";
import { output, start, workerProfile } from "../workers/worker_profile.ts";

const MAIN = fromFileUrl(new URL("../../main.ts", import.meta.url));

Deno.test("looop ls --watch redraws in place, fits a narrow terminal, and gives it back on Ctrl-C", async () => {
  await using profile = await workerProfile();
  await start(profile, "fix", "sleep 600");
  const tmux = (...args: string[]) =>
    output("tmux", ["-S", join(profile.root, "person"), "-f", "/dev/null", ...args], {
      ...profile.environment,
      LOOOP_DATA_DIR: profile.paths.dataDir,
      LOOOP_CONFIG: profile.configPath,
    });
  const watch = `'${Deno.execPath()}' run -A '${MAIN}' ls --watch --interval 0.2s`;
  await tmux(
    ..."new-session -d -s me -x 80 -y 10".split(" "),
    `trap : INT; echo before; ${watch}; echo "after $?"; sleep 600`,
  );
  try {
    const screen = () => tmux("capture-pane", "-p", "-t", "me");
    const shows = (text: RegExp) =>
      eventually(`the screen shows ${text}`, async () => text.test(await screen()), 20_000);
    await shows(/1 alive, 0 waiting for you, 0 ended\n\n {2}ID .*\n {2}fix {2}running /);
    assertEquals((await screen()).includes("before"), false);
    await raiseFlag(profile, "fix", "日本語 ".repeat(20));
    await shows(/^⚑ fix {2}waiting .* 日本語 日本語 .*…$/m);
    await tmux(..."resize-window -t me -x 30 -y 10".split(" "));
    await shows(/^⚑ fix {2}waiting {3}日…$|^⚑ fix {2}waiting {3}日本.*…$/m);
    await tmux("send-keys", "-t", "me", "C-c");
    await shows(/^before\n(\^C)?after 130$/m);
    const state = await tmux("display-message", "-p", "-t", "me", "#{alternate_on} #{cursor_flag}");
    assertEquals(state, "0 1\n");
  } finally {
    await tmux("kill-server");
  }
});
