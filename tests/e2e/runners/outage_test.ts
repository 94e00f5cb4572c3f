import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { tickOnce } from "../../../src/loop/run.ts";
import { type Environment, envOf } from "../../../src/os/env.ts";
import { readState } from "../../../src/profile/state.ts";
import { tempProfile } from "../../support/temp_profile.ts";
import { installRunners, runnersBin } from "./install_runners.ts";
import { runnerHome } from "./isolated_home.ts";
import { startModelServer } from "./model_server.ts";

const NOOP = JSON.stringify({ action: "noop", reason: "r", journal: "looked", more: false });
/** How long a call may take while the provider hangs. */
const SHORT = { LOOOP_TICK_TIMEOUT: "15" };
/** pi's own retries take half a minute by default. */
const RETRIES = { retry: { maxRetries: 1, baseDelayMs: 10, provider: { maxRetries: 0 } } };

await installRunners();

/** A port of loopback on which nothing listens. */
function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Ticks every 5 minutes, on a clock of its own, while the provider fails in one way after the other. */
async function outage(runner: string): Promise<void> {
  await using server = startModelServer();
  await using home = await runnerHome(server, { binDirs: [runnersBin] });
  const piSettings = join(home.dir, ".pi/agent/settings.json");
  const settings = JSON.parse(await Deno.readTextFile(piSettings));
  await Deno.writeTextFile(piSettings, JSON.stringify({ ...settings, ...RETRIES }));
  let [minutes, ms] = [0, 0];
  const start = Date.parse("2026-11-23T20:00:00Z");
  await using profile = await tempProfile({
    clock: {
      now: () => new Date(start + minutes * 60_000 + ms++),
      sleep: () => Promise.resolve(),
    },
    config: { runner, notify: `echo "$LOOOP_KIND $LOOOP_TEXT" >>told` },
    env: home.env,
  });
  /** Ticks once; returns the outcome, or the kind of the error. */
  const tick = async (more: Environment = {}) => {
    const environment = { ...home.env, ...more };
    const result = await tickOnce({ ...profile, environment, env: envOf(environment) });
    minutes += 5;
    return result.outcome === "failed" ? result.error.kind : result.outcome;
  };
  const why = async () => `${runner}: ${JSON.stringify((await readState(profile)).failure)}`;
  server.reply({ text: NOOP });
  assertEquals(await tick(), "moved", await why());
  assertEquals(await tick(), "idle", await why());

  await profile.write("PLAYBOOK.md", "# Changed before the outage\n");
  server.reply({ status: 529 });
  for (let i = 0; i < 3; i++) assertEquals(await tick(), "model", await why());
  server.reply({ hang: true });
  assertEquals(await tick(SHORT), "timeout", await why());
  await home.pointTo(`http://127.0.0.1:${closedPort()}`);
  assertEquals(await tick(), "model", await why());
  await home.pointTo("http://nowhere.invalid");
  assertEquals(await tick(), "model", await why());
  assertEquals((await readState(profile)).parked, null);

  await home.pointTo(server.url);
  server.reply({ text: NOOP });
  assertEquals([await tick(), await tick()], ["moved", "idle"], await why());
  const { failure, parked } = await readState(profile);
  assertEquals([failure, parked], [null, null]);
  const [failing, recovered, ...rest] = (await profile.read("told")).split("\n").slice(0, -1);
  assertEquals(rest, []);
  assertMatch(failing, /^failing failing since .*; looop tries again by itself$/);
  assertMatch(
    recovered,
    /^recovered works again: it failed from \S+ \S+ to \S+ \S+: (claude|pi): /,
  );
}

Deno.test("claude and pi decide at the first tick after an outage of every kind, which is reported twice", async () => {
  // Most of it are the programs' own pauses.
  await Promise.all(["claude", "pi"].map(outage));
});
