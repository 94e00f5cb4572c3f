import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Lock } from "../../src/os/lock.ts";
import { renew } from "../../src/loop/pulse.ts";
import { takePulseLock } from "../../src/loop/run.ts";
import { UserError } from "../../src/schema/errors.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

/** The lock that a pulse holds, which it may replace. */
interface Held extends Disposable {
  lock: Lock;
}

async function taken({ paths }: TempProfile): Promise<Held> {
  const lock = await takePulseLock(paths);
  assert(lock);
  const held: Held = { lock, [Symbol.dispose]: () => held.lock.release() };
  return held;
}

/** Whether another pulse could start now. */
async function isFree({ paths }: TempProfile): Promise<boolean> {
  using lock = await takePulseLock(paths);
  return lock !== null;
}

// That it closes a lock that it replaces is checked by Deno: an open file fails the test.

Deno.test("takePulseLock writes its pid, and excludes others until it is released", async () => {
  await using profile = await tempProfile();
  {
    using _ = await taken(profile);
    assertEquals(await Deno.readTextFile(profile.paths.pulseLock), `${Deno.pid}\n`);
    assertEquals(await isFree(profile), false);
  }
  assertEquals(await isFree(profile), true);
});

Deno.test("renew leaves a lock whose file is there", async () => {
  await using profile = await tempProfile();
  using held = await taken(profile);
  const { ino } = await Deno.stat(profile.paths.pulseLock);
  await renew(held, profile.paths);
  assertEquals((await Deno.stat(profile.paths.pulseLock)).ino, ino);
  assertEquals(await isFree(profile), false);
});

Deno.test("renew takes the lock again when its file was removed", async () => {
  await using profile = await tempProfile();
  {
    using held = await taken(profile);
    for (let i = 0; i < 2; i++) {
      await Deno.remove(profile.paths.pulseLock);
      await renew(held, profile.paths);
      assertEquals(await isFree(profile), false);
    }
  }
  assertEquals(await isFree(profile), true);
});

Deno.test("renew ends a pulse whose lock another process has taken", async () => {
  await using profile = await tempProfile();
  using held = await taken(profile);
  await Deno.remove(profile.paths.pulseLock);
  using _ = await taken(profile);
  await assertRejects(() => renew(held, profile.paths), UserError, "cannot continue this pulse: ");
});

Deno.test("renew tries again later while the directory of the lock is missing", async () => {
  await using profile = await tempProfile();
  using held = await taken(profile);
  const { own } = profile.paths;
  await Deno.rename(own, `${own}.away`);
  await renew(held, profile.paths);
  await renew(held, profile.paths);
  await Deno.mkdir(own);
  await renew(held, profile.paths);
  assertEquals(await isFree(profile), false);
});
