import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { lockHolder } from "../../src/os/lock.ts";
import { UserError } from "../../src/schema/errors.ts";
import { PULSE_SESSION, startPulse, stopPulse } from "../../src/workers/pulse_session.ts";
import { within } from "../support/within.ts";
import { output, start, stateOf, workerProfile } from "../support/worker_profile.ts";

Deno.test("startPulse returns once the pulse has ticked, stopPulse ends it and leaves workers alone", async () => {
  await using profile = await workerProfile();
  await profile.write("../looop.json", JSON.stringify({ runner: "none" }));
  const { pid, ticked } = await startPulse(profile);
  assertEquals(ticked, true);
  assertEquals((await lockHolder(profile.paths.pulseLock))?.trim(), String(pid));
  await assertRejects(() => startPulse(profile), UserError, `already (pid ${pid})`);
  await start(profile, "pulse", "sleep 600");
  const { socket } = JSON.parse(await profile.read(".looop/tmux.json"));
  const sessions = () => output("tmux", ["-S", socket, "list-sessions", "-F", "#{session_name}"]);
  assertEquals(await sessions(), `looop-pulse\n${PULSE_SESSION}\n`);
  assertEquals(await stopPulse(profile), true);
  assertEquals(await sessions(), "looop-pulse\n");
  assertEquals(await stateOf(profile, "pulse"), ["running", null]);
  assertEquals(await stopPulse(profile), false);
});

Deno.test("startPulse says why the pulse did not start", async () => {
  await using profile = await workerProfile();
  await profile.write("../looop.json", `{"intervall": 5}`);
  const error = await assertRejects(() => startPulse(profile), UserError);
  assertStringIncludes(error.message, "the pulse ended before its first tick:\n");
  assertStringIncludes(error.message, "intervall");
});

Deno.test("startPulse returns as soon as the first tick has failed, with what the pulse printed", async () => {
  await using profile = await workerProfile();
  await profile.write("../looop.json", JSON.stringify({ runner: "none" }));
  await profile.write("state.json", "{");
  // It would wait for a minute for a tick that it does not know to have failed.
  const started = await within("the failed tick", startPulse(profile), 45_000);
  assertEquals(started.ticked, false);
  assertStringIncludes(started.screen, "state.json is not valid JSON");
  assertEquals(await stopPulse(profile), true);
});
