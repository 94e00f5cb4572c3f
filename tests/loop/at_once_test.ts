import { assertEquals, assertMatch } from "@std/assert";
import { sumSpend } from "../../src/budget/ledger.ts";
import { writeAsk } from "../../src/inbox/asks.ts";
import { raiseAsk, raiseFlag } from "../../src/inbox/flags.ts";
import { PulseScreen } from "../../src/cli/output/screen.ts";
import { PLAIN } from "../../src/cli/output/view.ts";
import { pulse } from "../../src/loop/pulse.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { readStatus } from "../../src/loop/status.ts";
import { noteTickError } from "../../src/profile/markers.ts";
import type { Decider } from "../../src/schema/decision.ts";
import type { Move } from "../../src/schema/move.ts";
import { tempWorker } from "../inbox/temp_worker.ts";
import { spentToday } from "../../src/workers/spending.ts";
import { cliOn } from "../support/cli_on.ts";
import { eventually } from "../support/eventually.ts";
import { memoryTerminal } from "../support/memory_terminal.ts";
import { noop } from "../support/scripted_decider.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

const NOTIFY = `echo "$LOOOP_KIND $LOOOP_WORKER $LOOOP_TEXT" >>told`;

/** The end of what waits for the file `go`. */
const WAIT = "while [ ! -e go ]; do sleep 0.05; done";

const told = async (profile: TempProfile) =>
  (await profile.read("told").catch(() => "")).split("\n").slice(0, -1);

/** Runs a pulse while `work` does, with what its screen shows. */
async function whilePulsing(
  profile: TempProfile,
  decider: Decider,
  work: (shown: () => string) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const terminal = memoryTerminal();
  const screen = new PulseScreen(terminal, profile, PLAIN);
  const ended = pulse(profile, {
    ...{ signal: stop.signal, decider },
    onTick: (result, waitS) => screen.showTick(result, waitS),
    onDemand: () => screen.showDemands({ ofWorkers: true }),
  });
  try {
    await work(() => terminal.stdout);
  } finally {
    await profile.write("go", "");
    stop.abort();
    await ended;
  }
}

const config = (profile: TempProfile, more: object = {}) =>
  Deno.writeTextFile(profile.configPath, JSON.stringify({ notify: NOTIFY, ...more }));

/** Asks and flags as workers do that have started since the tick began, and waits until both are reported. */
async function demand(profile: TempProfile, shown: () => string): Promise<void> {
  for (const id of ["fix-ci", "docs"]) await tempWorker(profile, id);
  await raiseAsk(profile, { worker: "fix-ci", generation: "g1", question: "Tea?" });
  await eventually(
    "the ask is reported",
    async () =>
      (await told(profile)).includes("question fix-ci worker fix-ci: Tea?") &&
      shown().includes("  worker fix-ci asks: Tea?\n"),
  );
  const proposal = { id: "d4e5f6", kind: "question", run_id: "r0", proposer: "docs" } as const;
  const asked_at = new Date().toISOString();
  await writeAsk(profile, { ...proposal, question: "Change PLAYBOOK.md?", asked_at });
  await eventually(
    "the proposal is shown",
    () => shown().includes("  worker docs asks: Change PLAYBOOK.md?\n"),
  );
  await raiseFlag(profile, "docs", "look here");
  await eventually(
    "the flag is reported",
    async () =>
      (await told(profile)).includes("flag docs worker docs: look here") &&
      shown().includes("⚑ docs waits for you: look here\n    looop attach docs\n"),
  );
}

Deno.test("pulse reports asks and flags of workers while a decision takes long, and its own as they are made", async () => {
  await using profile = await tempProfile({ history: false });
  await config(profile);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let stage = "";
  const decider = async (): Promise<Move> => {
    stage = "deciding";
    await released;
    stage = "decided";
    return { action: "ask", question: "Coffee?", journal: "asked", more: false };
  };
  const earlier = { id: "a1b2c3", kind: "question", run_id: "r0" } as const;
  await writeAsk(profile, { ...earlier, question: "Milk?", asked_at: new Date().toISOString() });
  const configured = { ...profile, config: { ...profile.config, notify: NOTIFY } };
  await whilePulsing(configured, decider, async (shown) => {
    using _ = { [Symbol.dispose]: release };
    await eventually("it decides", () => stage === "deciding");
    await eventually(
      "an ask from before the pulse is reported",
      async () => (await told(profile)).includes("question  Milk?"),
    );
    await demand(profile, shown);
    assertEquals(stage, "deciding");
    release();
    await eventually(
      "the loop's own ask",
      async () =>
        (await told(profile)).includes("question  Coffee?") &&
        shown().includes("  looop asks: Coffee?\n"),
    );
    // The result of the tick comes first.
    assertMatch(shown(), /ask: asked \(ask \w+\)[^]*\n⚑ 4 asks need you; details: looop asks\n/);
  });
});

Deno.test("pulse reports asks and flags of workers while a command takes long, which status names", async () => {
  await using profile = await tempProfile({ history: false });
  await config(profile, { policy: [{ name: "all", when: "true", then: "allow" }] });
  const moves: Move[] = [{ action: "run", command: WAIT, journal: "waits", more: false }];
  const decider = () => moves.shift() ?? noop();
  await whilePulsing(profile, decider, async (shown) => {
    await eventually(
      "the command runs",
      async () => (await readStatus(profile)).tick?.doing === "acting",
    );
    const { tick } = await readStatus(profile);
    assertEquals(tick?.what, `run ${WAIT}`);
    await demand(profile, shown);
    assertEquals((await readStatus(profile)).tick?.doing, "acting");
    assertMatch(
      (await cliOn(profile, ["status"])).stdout,
      /^now +applying a move for \d+ s: run while/m,
    );
    assertEquals((await cliOn(profile, ["status", "--check"])).status, 0);
    const { stdout } = await cliOn(profile, ["why"]);
    assertMatch(stdout, /\ndone {7}nothing yet: it is acting now\n(?![^]*\nmissing)/);
  });
});

Deno.test("status names the runner that decides, since when, and what a tick waits for before", async () => {
  await using profile = await tempProfile({ history: false });
  const answer = JSON.stringify(noop({ more: false }));
  const runners = { slow: { tick: `cat >/dev/null; touch asked; ${WAIT}; echo '${answer}'` } };
  await config(profile, { runner: "slow", runners });
  const slow = { ...profile, config: { ...profile.config, runner: "slow", runners } };
  assertEquals((await readStatus(slow)).tick, null);
  const ticking = tickOnce(slow);
  try {
    await eventually("it decides", () => profile.read("asked").then(() => true, () => false));
    const { tick } = await readStatus(slow);
    assertEquals([tick?.doing, tick?.what], ["deciding", "slow"]);
    assertEquals(Date.parse(tick?.since ?? "") <= Date.now(), true);
    assertMatch((await cliOn(profile, ["status"])).stdout, /^now +deciding for \d+ s \(slow\)$/m);
    const { stdout } = await cliOn(profile, ["why", tick?.run_id ?? ""]);
    assertMatch(stdout, /\ndone {7}nothing yet: it is deciding now\n(?![^]*\nmissing)/);
    // Its cost counts once it is known, everywhere.
    assertEquals((await readStatus(slow, { full: true })).unknown_costs_today, 0);
    assertEquals((await spentToday(slow, [])).unknown, 0);
    assertEquals((await sumSpend(slow)).total.calls, 0);
    // A decision within its limit is no reason for an alarm, however old the last tick is.
    await last(profile, { at: -7200 });
    assertEquals(await cliOn(profile, ["status", "--check"]), {
      status: 0,
      stdout: "",
      stderr: "",
    });
  } finally {
    await profile.write("go", "");
    await ticking;
  }
  assertEquals((await readStatus(slow)).tick, null);
  assertEquals((await sumSpend(slow)).total.unknown_costs, 1);
});

/** Writes the last tick, with times in seconds from now. */
async function last(
  profile: TempProfile,
  { at, next }: { at: number; next?: number },
): Promise<void> {
  const iso = (s: number) => new Date(Date.now() + s * 1000).toISOString();
  const times = { at: iso(at), ...next === undefined ? {} : { next_at: iso(next) } };
  await profile.write(
    ".looop/last_tick.json",
    JSON.stringify({ ...times, hash: null, outcome: "failed" }),
  );
}

Deno.test("looop status --check allows for a back-off, and gives the reason for which ticks fail", async () => {
  await using profile = await tempProfile({ history: false });
  const check = async () => {
    const { status, stderr } = await cliOn(profile, ["status", "--check"]);
    return `${status} ${stderr.trim().replace(/^.*its interval is 60 s; /, "")}`;
  };
  const rows: [at: number, next: number | undefined, result: string][] = [
    [-170, undefined, "0 "],
    [-200, undefined, "1 no pulse is running: looop up"],
    [-290, 10, "0 "],
    [-400, -100, "0 "],
    [-440, -140, "1 no pulse is running: looop up"],
  ];
  for (const [at, next, result] of rows) {
    await last(profile, { at, next });
    assertEquals(await check(), result, `${at} ${next}`);
  }
  await noteTickError(profile, "cannot write state.json: no space");
  assertEquals(await check(), "1 ticks fail since: cannot write state.json: no space: looop up");
});

Deno.test("pulse reports ticks that have failed for 15 minutes, such as for a broken state, and that they work again", async () => {
  let minutes = 0;
  const clock = {
    now: () => new Date(Date.parse("2026-11-23T09:00:00Z") + minutes * 60_000),
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(ms, 200));
        signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()));
      }),
  };
  await using profile = await tempProfile({ history: false, clock });
  await config(profile);
  await whilePulsing(profile, () => noop(), async () => {
    const ticked = () => profile.read(".looop/last_tick.json").catch(() => "");
    await eventually("a tick", async () => await ticked() !== "");
    const state = await profile.read("state.json");
    await profile.write("state.json", "{");
    await eventually("ticks fail", async () => (await ticked()).includes('"error"'));
    assertEquals(await told(profile), []);
    minutes = 16;
    await eventually("it is reported", async () => (await told(profile)).length > 0);
    minutes = 20;
    await profile.write("state.json", state);
    await eventually("its end is reported", async () => (await told(profile)).length > 1);
  });
  const [failing, recovered, ...more] = await told(profile);
  assertEquals(more, []);
  assertMatch(failing, /^failing {2}failing since \S+ \S+: .+state\.json is not valid JSON/);
  assertMatch(recovered, /^recovered {2}works again: it failed from /);
});
