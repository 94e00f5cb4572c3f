import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { envOf } from "../../src/os/env.ts";
import { UserError } from "../../src/schema/errors.ts";
import { listSessions, socketOf } from "../../src/workers/tmux.ts";
import { giveAway, rootTest } from "../support/root_test.ts";
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

Deno.test("listSessions finds no server where it ends while it is asked", async () => {
  await using profile = await workerProfile();
  const bin = join(profile.root, "bin");
  await Deno.mkdir(bin);
  const environment = { ...profile.environment, PATH: `${bin}:${profile.env("PATH")}` };
  const asked = { ...profile, environment, env: envOf(environment) };
  // No process has this pid.
  const server = { socket: join(profile.root, "socket"), pid: 2 ** 30 };
  await profile.write(".looop/tmux.json", JSON.stringify(server));
  for (const said of ["server exited unexpectedly", "server exited", "lost server"]) {
    const tmux = `#!/bin/sh\necho '${said}' >&2\nexit 1\n`;
    await Deno.writeTextFile(join(bin, "tmux"), tmux, { mode: 0o755 });
    assertEquals(await listSessions(asked), null, said);
  }
  await Deno.remove(join(profile.paths.own, "tmux.json"));
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
});

rootTest(import.meta.url, "startSession refuses a socket directory of another user", async () => {
  await using profile = await workerProfile();
  const dir = join(profile.env("XDG_RUNTIME_DIR")!, `looop-${UID}`);
  await Deno.mkdir(dir, { mode: 0o700 });
  const { uid, takeBack } = await giveAway(dir);
  const message = `cannot use ${dir} for the tmux socket: it belongs to user ${uid}`;
  await assertRejects(() => start(profile, "a", "true"), UserError, message).finally(takeBack);
});

Deno.test("listSessions makes a removed runtime directory again, and the worker is found", async () => {
  await using profile = await workerProfile();
  await start(profile, "a", "sleep 600");
  await Deno.remove(profile.env("XDG_RUNTIME_DIR")!, { recursive: true });
  assertEquals((await listSessions(profile))?.map(({ name }) => name), ["looop-a"]);
});

Deno.test("listSessions finds none where the runtime directory cannot be made again", async () => {
  await using profile = await workerProfile();
  await start(profile, "a", "sleep 600");
  const runtime = profile.env("XDG_RUNTIME_DIR")!;
  await Deno.rename(runtime, `${runtime}.away`);
  try {
    // A file is in the way, as root too can see it.
    await Deno.writeTextFile(runtime, "");
    assertEquals(await listSessions(profile), null);
  } finally {
    await Deno.remove(runtime);
    await Deno.rename(`${runtime}.away`, runtime);
  }
  assertEquals((await listSessions(profile))?.length, 1);
});
