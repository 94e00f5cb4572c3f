import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { lock, lockHolder, tryLock } from "../../src/os/lock.ts";
import { UserError } from "../../src/schema/errors.ts";
import { smallDisk } from "../faults/small_disk.ts";
import { eventually } from "../support/eventually.ts";
import { openFiles } from "../support/open_files.ts";
import { rootTest } from "../support/root_test.ts";
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

/** Starts one program after the other, on a thread of its own. */
const STARTS = `const options = { stdin: "null", stdout: "null", stderr: "null" };
postMessage("begun");
while (true) new Deno.Command("true", options).outputSync();`;

Deno.test("a released lock is free at once, also while a program is being started", async () => {
  await using profile = await tempProfile({ history: false });
  const path = join(profile.root, "lock");
  const starts = new Worker(`data:text/javascript,${encodeURIComponent(STARTS)}`, {
    type: "module",
  });
  try {
    await new Promise((resolve) => starts.onmessage = resolve);
    let kept = 0;
    for (let i = 0; i < 1000; i++) {
      (await tryLock(path))?.release();
      if (await lockHolder(path) !== null) kept++;
    }
    assertEquals(kept, 0);
  } finally {
    starts.terminate();
  }
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
  setTimeout(() => other.unlockSync(), 10);
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

Deno.test("tryLock takes a free lock before it returns", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "lock");
  using other = await Deno.open(path, { write: true, create: true });
  const taking = tryLock(path);
  assertEquals(other.tryLockSync(false), false);
  (await taking)?.release();
});

Deno.test("tryLock without a note writes nothing, and keeps the note of an earlier holder", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "lock");
  (await tryLock(path))?.release();
  assertEquals(await Deno.readTextFile(path), "");
  await Deno.writeTextFile(path, "earlier");
  (await tryLock(path))?.release();
  assertEquals(await Deno.readTextFile(path), "earlier");
});

rootTest(
  import.meta.url,
  "tryLock that cannot write its note leaves the file unlocked",
  async () => {
    await using disk = await smallDisk();
    const path = join(disk.path, "lock");
    await disk.fill();
    await assertRejects(() => tryLock(path, "note"), UserError, `cannot lock ${path}: `);
    await disk.empty();
    using held = await tryLock(path, "note");
    assert(held);
  },
);

Deno.test("lock with a signal that has fired throws its reason, although the lock is free", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "lock");
  const stopped = AbortSignal.abort(new Error("told to stop"));
  await assertRejects(() => within("the refusal", lock(path, stopped)), Error, "told to stop");
  using _ = await within("the lock", lock(path));
});

Deno.test("lock leaves no listener on its signal", async () => {
  await using profile = await tempProfile();
  const { signal } = new AbortController();
  const listeners: unknown[][] = [];
  signal.addEventListener = (...added: unknown[]) => listeners.push(added);
  signal.removeEventListener = (...removed: unknown[]) => {
    const index = listeners.findIndex((added) => added.every((value, at) => value === removed[at]));
    if (index >= 0) listeners.splice(index, 1);
  };
  const locking = lock(join(profile.root, "lock"), signal);
  assertEquals(listeners.map(([type]) => type), ["abort"]);
  using _ = await within("the lock", locking);
  assertEquals(listeners, []);
});

Deno.test("lockHolder ignores others who only look", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "lock");
  using other = await Deno.open(path, { read: true, write: true, create: true });
  assert(other.tryLockSync(false));
  assertEquals(await lockHolder(path), null);
});

Deno.test("isOn tells the locked file from a missing and from a replaced one", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "lock");
  using held = await tryLock(path);
  assertEquals(await held?.isOn(path), true);
  await Deno.remove(path);
  assertEquals(await held?.isOn(path), false);
  await Deno.writeTextFile(path, "");
  assertEquals(await held?.isOn(path), false);
});

Deno.test("tryLock, lock and lockHolder leave no file open", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "lock");
  {
    using _ = await tryLock(path);
    assertEquals(openFiles(profile.root), [path]);
    assertEquals(await tryLock(path), null);
    assertEquals(await lockHolder(path), "");
    await assertRejects(() => lock(path, AbortSignal.timeout(1)));
  }
  // An abandoned call closes its file once the lock is granted.
  await eventually("no file is open", () => openFiles(profile.root).length === 0);
  (await lock(path)).release();
  assertEquals(await lockHolder(path), null);
  assertEquals(openFiles(profile.root), []);
});

for (const [name, take] of [["tryLock", tryLock], ["lock", lock]] as const) {
  rootTest(
    import.meta.url,
    `${name} gives the cause and a remedy of a file that cannot be locked`,
    async () => {
      await using profile = await tempProfile();
      await using disk = await smallDisk();
      const unlock = await disk.lock();
      const rows = [
        [profile.root, "it is a directory, not a file; move it away"],
        [
          join(profile.root, "missing", "lock"),
          "its directory is missing; run looop tick to make the data directory",
        ],
        [
          join(disk.path, "lock"),
          "Read-only file system (os error 30); remount that disk for writing",
        ],
      ];
      for (const [path, why] of rows) {
        const error = await assertRejects(() => take(path), UserError);
        assertEquals(error.message, `cannot lock ${path}: ${why}`);
      }
      await unlock();
    },
  );
}

Deno.test("lockHolder names what it cannot read", async () => {
  await using profile = await tempProfile();
  await assertRejects(
    () => lockHolder(profile.root),
    UserError,
    `cannot read ${profile.root}: it is a directory`,
  );
});
