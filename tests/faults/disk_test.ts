import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { tickOnce } from "../../src/loop/run.ts";
import { systemClock } from "../../src/os/clock.ts";
import { tempDir } from "../../src/os/dirs.ts";
import { isPresent } from "../../src/os/stat.ts";
import { UserError } from "../../src/schema/errors.ts";
import { cliOn } from "../support/cli_on.ts";
import { eventually } from "../support/eventually.ts";
import { bash } from "../profile/begun.ts";
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

rootTest(
  import.meta.url,
  "a disk that stays full is reported once after 15 minutes, and in the status; so is its end",
  async () => {
    for (const fault of ["full", "read-only"] as const) {
      await using disk = await smallDisk();
      await using outside = await tempDir();
      const told = join(outside.path, "told");
      let minutes = 0;
      const clock = {
        now: () => new Date(Date.parse("2026-11-23T09:00:00Z") + minutes * 60_000),
        sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 200), signal),
      };
      const notify = `echo "$LOOOP_KIND $LOOOP_TEXT" >> ${told}`;
      await using loop = await LoopOnTrial.start({ dir: disk.path, clock });
      const { profile } = loop;
      const config = { notify, notify_kinds: ["failing", "recovered"] };
      await Deno.writeTextFile(profile.configPath, JSON.stringify(config));
      const lines = async () =>
        (await Deno.readTextFile(told).catch(() => "")).split("\n").filter(Boolean);
      // Each tick writes a snapshot.
      let unlock = () => disk.empty();
      if (fault === "full") await disk.fill();
      else unlock = await disk.lock();
      if (fault === "full") await Deno.writeTextFile(profile.paths.playbook, "!", { append: true });
      await eventually("ticks fail", () => loop.pulse.errors.length > 0);
      const status = await cliOn(profile, ["status"]);
      const reason = fault === "full" ? "No space left on device" : "Read-only file system";
      minutes = 5;
      const late = await cliOn(profile, ["status", "--check"]);
      assertEquals(late.status, 1);
      assertStringIncludes(late.stderr, reason);
      if (fault === "full") assertStringIncludes(status.stdout, "⚑ ticks fail since ");
      assertEquals(await lines(), []);
      minutes = 16;
      await eventually("it is reported", async () => (await lines()).length > 0);
      minutes = 30;
      await unlock();
      await loop.moves();
      await eventually("its end is reported", async () => (await lines()).length > 1);
      const [failing, recovered, ...more] = await lines();
      assertEquals(more, []);
      assertStringIncludes(failing, reason);
      assertStringIncludes(recovered, "recovered works again: it failed from ");
    }
  },
);

const REMOVED = [
  "git clean -fdxq",
  "rm -r .looop",
  "rm -r runs snapshots",
  "rm -r asks claims reports schedules",
  "rm -r .looop goals sensors",
];
for (const how of REMOVED) {
  Deno.test(`a pulse goes on after ${how} in its data directory`, async () => {
    await using loop = await LoopOnTrial.start();
    await bash(loop.profile.paths.dataDir, how);
    await loop.moves();
    await loop.moves();
    await loop.agrees();
    await assertRejects(() => tickOnce(loop.profile), UserError, "a pulse is running on");
  });
}

Deno.test("a pulse makes nothing in place of a data directory that is gone, and goes on once it is back", async () => {
  await using loop = await LoopOnTrial.start();
  const { dataDir } = loop.profile.paths;
  await Deno.rename(dataDir, `${dataDir}-away`);
  await eventually("an error", () => loop.pulse.errors.length > 0);
  assertEquals(isPresent(dataDir), false);
  await Deno.rename(`${dataDir}-away`, dataDir);
  await loop.moves();
  await loop.agrees();
});
