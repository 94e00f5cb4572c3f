import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/schema/errors.ts";
import { socketOf } from "../../src/workers/tmux.ts";
import { start, workerProfile } from "../support/worker_profile.ts";

const UID = Deno.uid();

Deno.test("socketOf names a place of the profile's own, in the first directory that fits", async () => {
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

Deno.test("startSession refuses a socket directory that others may enter, or a symlink", async () => {
  await using profile = await workerProfile();
  const dir = join(profile.env("XDG_RUNTIME_DIR")!, `looop-${UID}`);
  const refused = async (why: string) => {
    const message = `cannot use ${dir} for the tmux socket: ${why}`;
    await assertRejects(() => start(profile, "a", "true"), UserError, message);
    await Deno.remove(dir);
  };
  await Deno.mkdir(dir);
  await Deno.chmod(dir, 0o755);
  await refused("other users can enter it");
  await Deno.symlink(profile.root, dir);
  await refused("it is a symlink");
  if (UID !== 0) return;
  await Deno.mkdir(dir, { mode: 0o700 });
  await Deno.chown(dir, 12345, null);
  await refused("it belongs to user 12345");
});
