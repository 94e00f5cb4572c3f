import { assertEquals } from "@std/assert";
import { dirname } from "@std/path";
import type { Profile } from "../../src/profile/profile.ts";
import { eventually } from "../support/eventually.ts";
import { output, start, untilPrinted, workerProfile } from "../support/worker_profile.ts";
import { examine, wrongIn } from "./examine.ts";

/** What is found of workers, their server and their claims. */
async function ofWorkers(profile: Profile) {
  const checks = ["tmux server", "workers", "claims"];
  return (await examine(profile)).filter(({ check }) => checks.includes(check))
    .map(({ check, level, found, fix }) => [check, level, found, fix]);
}

Deno.test("doctor tells of a living worker, of its server, and of a socket that is gone", async () => {
  await using profile = await workerProfile();
  await start(profile, "fix", "echo ready; sleep 600");
  await untilPrinted(profile, "fix", /ready/);
  const { socket } = JSON.parse(await profile.read(".looop/tmux.json"));
  await profile.write("claims/task.json", `{"session": "fix", "since": "2026-01-01T00:00:00Z"}`);
  assertEquals(await ofWorkers(profile), [
    ["tmux server", "ok", `1 session at ${socket}`, null],
    ["workers", "ok", "1 alive", null],
  ]);
  await Deno.chmod(dirname(socket), 0o755);
  assertEquals((await ofWorkers(profile))[0], [
    "tmux server",
    "fail",
    `cannot use ${dirname(socket)}: other users can enter it`,
    `chmod 700 ${dirname(socket)}, or remove it, or set XDG_RUNTIME_DIR`,
  ]);
  await Deno.chmod(dirname(socket), 0o700);
  await Deno.remove(socket);
  assertEquals((await ofWorkers(profile))[0], [
    "tmux server",
    "warn",
    `it runs, but its socket ${socket} is missing`,
    "looop ls",
  ]);
});

Deno.test("doctor warns of workers that are orphaned or lost, and of what the dead have claimed", async () => {
  await using profile = await workerProfile();
  await start(profile, "fix", "echo ready; sleep 600");
  await untilPrinted(profile, "fix", /ready/);
  await profile.write("claims/task.json", `{"session": "fix", "since": "2026-01-01T00:00:00Z"}`);
  const { pid, socket } = JSON.parse(await profile.read(".looop/tmux.json"));
  await output("kill", ["-KILL", String(pid)]);
  await eventually(
    "the server is gone",
    async () => await output("tmux", ["-S", socket, "list-sessions", "-F", "up"]) === "",
  );
  assertEquals(await ofWorkers(profile), [
    ["tmux server", "ok", "none runs; the first worker starts it", null],
    [
      "workers",
      "warn",
      "fix runs without its terminal",
      "looop continue fix restarts it in one, looop kill fix ends it",
    ],
  ]);
  const { generation } = JSON.parse(await profile.read("workers/fix/worker.json"));
  const scan = await output("ps", ["axeww", "-o", "pid=,args="]);
  const pids = scan.split("\n").filter((line) => line.includes(`=${generation}`));
  // The wrapper is among them, so nobody notes the end.
  await output("kill", ["-KILL", ...pids.map((line) => line.trim().split(" ")[0])]);
  await eventually("it is gone", async () => (await ofWorkers(profile))[1][2] !== LIVES_ON);
  assertEquals((await ofWorkers(profile)).slice(1), [
    [
      "workers",
      "warn",
      "fix ended unexpectedly (crash or reboot), and no tick has processed that yet",
      "looop tick",
    ],
    ["claims", "warn", "task is claimed by fix, which has ended", "looop tick"],
  ]);
});

const LIVES_ON = "fix runs without its terminal";

Deno.test("doctor fails where tmux does not answer, and warns of claims that are none", async () => {
  await using profile = await workerProfile();
  await start(profile, "fix", "sleep 600");
  await profile.write("claims/bad.json", "{");
  const { pid } = JSON.parse(await profile.read(".looop/tmux.json"));
  const claim = wrongIn(await examine(profile)).filter(({ check }) => check === "claims");
  assertEquals(claim.map(({ level, found }) => [level, found.split(":")[0]]), [
    ["warn", "claims/bad.json is not a claim"],
  ]);
  await output("kill", ["-STOP", String(pid)]);
  const found = await ofWorkers(profile);
  await output("kill", ["-CONT", String(pid)]);
  assertEquals(found, [[
    "workers",
    "fail",
    "not done within 10 s: a program that it starts hangs",
    "ps -e -o pid,etime,args shows what hangs",
  ]]);
});
