import { assertEquals } from "@std/assert";
import { eventually } from "../support/eventually.ts";
import { rootTest } from "../support/root_test.ts";
import { LoopOnTrial } from "./loop_on_trial.ts";
import { smallDisk } from "./small_disk.ts";

/** Has a pulse decide on a disk with so much room left, and then with plenty. */
async function withRoom(kib: number): Promise<void> {
  await using disk = await smallDisk();
  await using loop = await LoopOnTrial.start({ dir: disk.path });
  const { playbook, dataDir } = loop.profile.paths;
  await disk.fill(kib * 1024);
  const moved = loop.pulse.moves();
  // In the same place, so that the edit needs no room of its own.
  await Deno.writeTextFile(playbook, "!", { append: true });
  await eventually(
    `a full disk is noticed, or ${kib} KiB are enough`,
    () => loop.pulse.errors.length > 0 || loop.pulse.moves() > moved,
  );
  for (const { message } of loop.pulse.errors) {
    assertEquals(
      /No space left on device.*; free space on that disk$/.test(message),
      true,
      message,
    );
    assertEquals(message.startsWith("cannot ") && message.includes(dataDir), true, message);
  }
  assertEquals(loop.pulse.errors.length <= 1, true, "it is told once");
  await disk.empty();
  await loop.moves();
  await loop.agrees();
}

rootTest(
  import.meta.url,
  "pulse outlives a full disk: nothing is half-written, and no move lost or made twice",
  async () => {
    // Where the disk gives out: at once, within the run's files, the intent, the journal, the state, the commit.
    for (const rooms of [[0, 8, 16], [24, 32, 40], [48, 56, 64]]) {
      await Promise.all(rooms.map(withRoom));
    }
  },
);

rootTest(import.meta.url, "pulse outlives a read-only disk, and says what to do", async () => {
  await using disk = await smallDisk();
  await using loop = await LoopOnTrial.start({ dir: disk.path });
  const { dataDir } = loop.profile.paths;
  let unlock = () => Promise.resolve();
  loop.whileDeciding = async () => {
    unlock = await disk.lock();
  };
  await loop.edit();
  await eventually("an error", () => loop.pulse.errors.length > 0);
  for (const text of loop.said()) {
    assertEquals(text.includes(dataDir) && text.includes("Read-only file system"), true, text);
  }
  await unlock();
  await loop.moves();
  await loop.agrees();
});
