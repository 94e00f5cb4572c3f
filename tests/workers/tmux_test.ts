import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/schema/errors.ts";
import { socketOf } from "../../src/workers/tmux.ts";
import { start, workerProfile } from "../support/worker_profile.ts";

const UID = Deno.uid();

Deno.test("socketOf names a place of the profile's own, in the first folder that fits", async () => {
  await using profile = await workerProfile();
  const of = async (env: Record<string, string>) => {
    const socket = await socketOf({ ...profile, env: (name) => env[name] });
    return socket.replace(/[0-9a-f]{8}$/, "HASH");
  };
  const [runtime, long] = [profile.env("XDG_RUNTIME_DIR")!, join(profile.root, "x".repeat(90))];
  await Deno.mkdir(long);
  assertEquals(await of({ XDG_RUNTIME_DIR: runtime }), `${runtime}/looop-${UID}/HASH`);
  assertEquals(
    await of({ XDG_RUNTIME_DIR: "/nowhere", TMPDIR: runtime }),
    `${runtime}/looop-${UID}/HASH`,
  );
  assertEquals(await of({ XDG_RUNTIME_DIR: long, TMPDIR: "relative" }), `/tmp/looop-${UID}/HASH`);
});

Deno.test("startWorker refuses a socket folder that others may enter, or a symlink", async () => {
  await using profile = await workerProfile();
  const folder = join(profile.env("XDG_RUNTIME_DIR")!, `looop-${UID}`);
  const refused = async (why: string) => {
    const message = `cannot use ${folder} for the socket of tmux: ${why}`;
    await assertRejects(() => start(profile, "a", "true"), UserError, message);
    await Deno.remove(folder);
  };
  await Deno.mkdir(folder);
  await Deno.chmod(folder, 0o755);
  await refused("others may enter it");
  await Deno.symlink(profile.root, folder);
  await refused("it is a symlink");
  if (UID !== 0) return;
  await Deno.mkdir(folder, { mode: 0o700 });
  await Deno.chown(folder, 12345, null);
  await refused("it belongs to user 12345");
});
