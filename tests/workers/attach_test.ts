import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/schema/errors.ts";
import { attachArgv, attachWorker } from "../../src/workers/list.ts";
import { eventually } from "../support/eventually.ts";
import { output, start, stateOf, untilEnded, workerProfile } from "../support/worker_profile.ts";

Deno.test("attachArgv attaches inside another tmux; keys arrive, Ctrl-\\ twice leaves it running", async () => {
  await using profile = await workerProfile();
  const person = (...args: string[]) =>
    output("tmux", ["-S", join(profile.root, "person"), "-f", "/dev/null", ...args]);
  await start(
    profile,
    "a",
    `printf 'name? '; read -r name; echo "hello $name"; until stty size | grep -x '29 100'; do sleep 0.05; done; read -r _`,
  );
  await start(profile, "ab", "sleep 600");
  const argv = await attachArgv(profile, "a");
  const quoted = argv.map((arg) => `'${arg}'`).join(" ");
  await person(
    ..."new-session -d -s mine -x 100 -y 30".split(" "),
    `env -u TMUX ${quoted}; echo "left $?"; sleep 600`,
  );
  try {
    const shows = async (text: RegExp) => {
      let screen = "";
      const isShown = async () => {
        screen = await person("capture-pane", "-p", "-t", "mine");
        return text.test(screen);
      };
      await eventually(`the screen shows ${text}`, isShown).catch(({ message }) => {
        throw new Error(`${message}, but\n${screen}`);
      });
    };
    await shows(/name\?.*\n[^]*Ctrl-\\ Ctrl-\\ leaves it running/);
    await person("send-keys", "-t", "mine", "Jürgen 漢", "Enter");
    // tmux tells a program of its screen's new size with a delay.
    await shows(/hello Jürgen 漢\n29 100/);
    await person("send-keys", "-t", "mine", "C-\\");
    await person("send-keys", "-t", "mine", "C-\\");
    await shows(/left 0/);
    assertEquals(await stateOf(profile, "a"), ["running", null]);
    // The person's own server has what they opened, and nothing else.
    assertEquals(
      await person("list-sessions", "-F", "#{session_name} #{session_windows}"),
      "mine 1\n",
    );
  } finally {
    await person("kill-server");
  }
});

Deno.test("attachWorker says why there is nothing to attach to", async () => {
  await using profile = await workerProfile();
  await start(profile, "a", "true");
  await untilEnded(profile, "a");
  await assertRejects(
    () => attachWorker(profile, "a"),
    UserError,
    "cannot attach to worker a: it has ended (done); looop logs a",
  );
  await assertRejects(() => attachWorker(profile, "b"), UserError, "there is no worker b");
});
