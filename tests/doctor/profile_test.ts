import { assertEquals } from "@std/assert";
import { lock } from "../../src/os/lock.ts";
import { smallDisk } from "../faults/small_disk.ts";
import { giveAway, rootTest } from "../support/root_test.ts";
import { soundProfile, wrong } from "./examine.ts";
import { addMinutes } from "./minutes.ts";
import { quoteWord } from "../../src/schema/text.ts";

const CLOCK_FIX = "date (if it is right, the clock was wrong then)";

Deno.test("doctor tells who may read and write in the data directory and its secret", async () => {
  await using profile = await soundProfile();
  const { dataDir, own, secret } = profile.paths;
  await profile.write(".looop/secret", "0".repeat(32), 0o640);
  await Deno.chmod(dataDir, 0o755);
  await Deno.chmod(own, 0o770);
  await Deno.writeTextFile(profile.configPath, "{}", { mode: 0o600 });
  await Deno.chmod(profile.configPath, 0o646);
  const { configPath } = profile;
  assertEquals(await wrong(profile), [
    [
      "permissions",
      "warn",
      `others may read ${dataDir} (mode 0755)`,
      `chmod 700 ${quoteWord(dataDir)}`,
    ],
    ["permissions", "fail", `others may write to ${own} (mode 0770)`, `chmod 700 ${own}`],
    ["permissions", "warn", `others may read ${secret} (mode 0640)`, `chmod 600 ${secret}`],
    [
      "permissions",
      "fail",
      `others may write to ${configPath} (mode 0646)`,
      `chmod go-w ${configPath}`,
    ],
  ]);
});

rootTest(import.meta.url, "doctor warns of a secret that is another user's", async () => {
  await using profile = await soundProfile();
  const { secret } = profile.paths;
  await profile.write(".looop/secret", "0".repeat(32), 0o600);
  const { takeBack } = await giveAway(secret);
  const found = await wrong(profile).finally(takeBack);
  assertEquals(found.filter(([, , said]) => said.includes("belongs")), [
    ["permissions", "warn", `${secret} belongs to another user`, `chown $(id -u) ${secret}`],
  ]);
});

rootTest(
  import.meta.url,
  "doctor fails on a full disk and on one that takes no writes, and warns of one with little room",
  async () => {
    await using disk = await smallDisk();
    await using profile = await soundProfile({ dir: disk.path });
    const { dataDir, own } = profile.paths;
    const fix = `free space on the disk of ${dataDir}`;
    assertEquals(await wrong(profile), [["disk", "warn", "1 MiB free", fix]]);
    await disk.fill();
    assertEquals(await onDisk(profile), [[
      "disk",
      "fail",
      `cannot write to ${own}: No space left on device (os error 28)`,
      "free space on that disk",
    ]]);
    await disk.empty();
    const unlock = await disk.lock();
    assertEquals(await onDisk(profile), [[
      "disk",
      "fail",
      `cannot write to ${own}: Read-only file system (os error 30)`,
      "remount that disk for writing",
    ]]);
    await unlock();
  },
);

Deno.test("doctor warns of stamps that are still to come", async () => {
  await using profile = await soundProfile();
  const now = new Date();
  const [tick, ask, claim] = [30, 60, 90].map((minutes) => addMinutes(now, minutes).toISOString());
  await profile.write(
    ".looop/last_tick.json",
    JSON.stringify({ at: tick, hash: null, outcome: "idle" }),
  );
  await profile.write(
    "asks/a1.json",
    JSON.stringify({ id: "a1", kind: "question", question: "?", asked_at: ask, run_id: "r" }),
  );
  await profile.write("claims/task.json", JSON.stringify({ session: "me", since: claim }));
  await profile.write("journal.md", "- 2099-01-02 03:04 noop\n");
  const later = new Date("2099-01-02T03:04").toISOString();
  assertEquals(await wrong(profile), [
    ["clock", "warn", `the last tick is dated ${tick}, in the future`, CLOCK_FIX],
    [
      "clock",
      "warn",
      `the last line of journal.md is dated ${later}, in the future`,
      CLOCK_FIX,
    ],
    ["clock", "warn", `ask a1 is dated ${ask}, in the future`, CLOCK_FIX],
    ["clock", "warn", `claims/task.json is dated ${claim}, in the future`, CLOCK_FIX],
    [
      "claims",
      "warn",
      "task is claimed by me, which is not a worker",
      "looop unclaim task --session me",
    ],
  ]);
});

Deno.test("doctor fails on a clock from before looop was made", async () => {
  await using profile = await soundProfile();
  const clock = { ...profile.clock, now: () => new Date("1970-01-02T03:04:05Z") };
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const found = await wrong({ ...profile, clock });
  assertEquals(found.filter(([check]) => check === "clock"), [
    ["clock", "fail", `it shows 1970-01-02T03:04Z, time zone ${timeZone}`, "date -s …"],
  ]);
});

Deno.test("doctor warns where nothing ticks, and of a pulse that is late", async () => {
  await using profile = await soundProfile();
  const at = addMinutes(new Date(), -40).toISOString();
  const note = JSON.stringify({ at, hash: null, outcome: "idle" });
  await profile.write(".looop/last_tick.json", note);
  assertEquals(await wrong(profile), [
    ["pulse", "warn", "none runs; the last tick was 40 min ago", "looop up"],
  ]);
  using _ = await lock(profile.paths.pulseLock);
  await profile.write(".looop/pulse.lock", `${Deno.pid}`);
  assertEquals(await wrong(profile), [[
    "pulse",
    "warn",
    `it runs (pid ${Deno.pid}), but the last tick was 40 min ago`,
    "looop down && looop up",
  ]]);
  // No system has as many.
  await profile.write(".looop/pulse.lock", "99999999");
  assertEquals(await wrong(profile), [[
    "pulse",
    "fail",
    "its lock is held by pid 99999999, which is not a process on this machine",
    `fuser -v ${profile.paths.pulseLock}`,
  ]]);
});

Deno.test("doctor warns of a lock that is held for long, not of what holds none", async () => {
  await using profile = await soundProfile();
  const { claimsLock } = profile.paths;
  {
    using _ = await lock(claimsLock);
    assertEquals(await wrong(profile), [[
      "locks",
      "warn",
      "claims.lock is held: looop is applying a move, or something hangs",
      `fuser -v ${claimsLock}`,
    ]]);
  }
  assertEquals(await wrong(profile), []);
});

/** What is wrong but for what a disk in this state does to others. */
async function onDisk(profile: Parameters<typeof wrong>[0]) {
  return (await wrong(profile)).filter(([check]) => check === "disk");
}
