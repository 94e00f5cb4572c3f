import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { lock, lockHolder, tryLock } from "../../src/os/lock.ts";
import { eventually } from "../support/eventually.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { within } from "../support/within.ts";
import { startDeno } from "./start_deno.ts";

Deno.test("tryLock takes a lock once, and lockHolder tells the note of who has it", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "lock");
  assertEquals(await lockHolder(path), null);
  {
    using held = await tryLock(path, "a long note\n");
    assert(held);
    assertEquals(await tryLock(path), null);
    assertEquals(await lockHolder(path), "a long note\n");
  }
  assertEquals(await lockHolder(path), null);
  using again = await tryLock(path, "x\n");
  assert(again);
  assertEquals(await lockHolder(path), "x\n");
});

Deno.test("tryLock is not kept out by those who only look", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "lock");
  (await tryLock(path))?.release();
  const looks = Array.from({ length: 200 }, () => lockHolder(path));
  const held = await tryLock(path);
  assert(held);
  held.release();
  await Promise.all(looks);
});

Deno.test("tryLock is kept out by a shared lock that outlasts both attempts", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "lock");
  using shared = await Deno.open(path, { read: true, write: true, create: true });
  assert(shared.tryLockSync(false));
  assertEquals(await tryLock(path), null);
});

Deno.test("tryLock at the second attempt is exclusive", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "lock");
  using other = await Deno.open(path, { read: true, write: true, create: true });
  assert(other.tryLockSync(false));
  const trying = tryLock(path);
  // The first attempt has failed by now: it is made before the call returns.
  other.unlockSync();
  using held = await within("the second attempt", trying);
  assert(held);
  assertEquals(other.tryLockSync(false), false);
});

Deno.test("lock is exclusive, and waits for shared locks as well", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "lock");
  using other = await Deno.open(path, { read: true, write: true, create: true });
  assert(other.tryLockSync(false));
  const stop = new AbortController();
  const stopped = lock(path, stop.signal);
  stop.abort(new Error("told to stop"));
  await assertRejects(() => within("the end of the wait", stopped), Error, "told to stop");
  other.unlockSync();
  // Also what an abandoned call was granted is released.
  using _ = await within("the lock", lock(path));
  assertEquals(other.tryLockSync(false), false);
});

Deno.test("lock waits for its turn, and one holder has it at a time", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "lock");
  let inside = 0;
  const turns = Array.from({ length: 4 }, async () => {
    using _ = await lock(path);
    assertEquals(++inside, 1);
    await Deno.stat(profile.root);
    inside--;
  });
  await within("four turns", Promise.all(turns));
});

Deno.test("a lock ends with its process, even by kill -9", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "lock");
  const holder = startDeno(`
    import { tryLock } from "@src/os/lock.ts";
    globalThis.held = await tryLock(${JSON.stringify(path)}, "held");
    setInterval(() => {}, 1000);`);
  await eventually("it is held", async () => await lockHolder(path) === "held");
  assertEquals(await tryLock(path), null);
  holder.kill("SIGKILL");
  await holder.status;
  using mine = await tryLock(path);
  assert(mine);
});

for (const [name, take] of [["tryLock", tryLock], ["lock", lock]] as const) {
  Deno.test(`${name} makes a file that its owner alone can read`, async () => {
    await using profile = await tempProfile();
    const path = join(profile.root, "lock");
    using _ = await take(path);
    assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
  });
}

Deno.test("tryLock names a file that cannot be locked", async () => {
  await using profile = await tempProfile();
  await assertRejects(() => tryLock(profile.root), Error, profile.root);
});
