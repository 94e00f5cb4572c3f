import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import fc from "fast-check";
import { envOf } from "../../src/os/env.ts";
import { readConfig } from "../../src/profile/config.ts";
import type { Config } from "../../src/schema/config.ts";
import { ConfigError } from "../../src/schema/errors.ts";
import { fuzz, ON_DISK_MS } from "./fuzz.ts";
import { jsonTexts } from "./hostile_json.ts";

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
/** Mostly good, since one bad value among thirty spoils it all. */
const mostly = <T>(good: T[], bad: T[]) =>
  fc.oneof(
    { weight: 40, arbitrary: fc.constantFrom(...good) },
    { weight: 1, arbitrary: fc.constantFrom(...bad) },
  );
const seconds = maybe(mostly([5, 60.5, 60, 86_400], [86_401, 0, -1, 1e300]));
const names = fc.array(mostly(["HOME", "A_1", "GITHUB_TOKEN"], ["1A", "a-b", "A\n"]), {
  maxLength: 3,
});

const config = fc.record({
  runner: maybe(mostly(["auto", "none", "pi", "mine"], ["nobody", ""])),
  worker_runner: maybe(mostly(["claude", "mine"], ["__proto__"])),
  runners: fc.tuple(
    mostly(["mine"], ["pi", "__proto__", "other"]),
    fc.record({
      tick: mostly<string | undefined>(["my-llm < {{prompt_file}}"], ["", undefined]),
      worker: maybe(fc.constant("agent {{prompt_file}}")),
      output: maybe(mostly(["text", "pi"], ["json"])),
      env: maybe(names),
      network: maybe(fc.boolean()),
    }),
  ).map(([name, runner]) => JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(runner)}}`)),
  interval: seconds,
  busy_interval: seconds,
  active_interval: seconds,
  max_next_interval: seconds,
  sensors_at_once: maybe(mostly([1, 64], [65, 0, 1.5])),
  budget: maybe(fc.record({
    decides_per_hour: maybe(mostly([0, 60], [-1])),
    workers: maybe(mostly([0, 8], [0.5])),
    usd_per_day: maybe(mostly([0, 2.5], [-1])),
    unknown_cost: maybe(mostly(["hold", "ignore"], ["drop"])),
  })),
  policy: maybe(fc.array(
    fc.record({
      name: mostly(["a", "no-push", "x".repeat(64)], ["", "A", "a\n", "x".repeat(65)]),
      when: mostly(["true", 'move.action == "run"'], [" ", "x".repeat(4001)]),
      then: mostly(["allow", "ask", "deny"], ["maybe"]),
      why: maybe(mostly(["no one asked"], ["two\nlines", "\u202ex", "", " "])),
      write: maybe(fc.array(mostly(["/tmp", "/a b"], ["tmp", "~"]), { maxLength: 2 })),
      env: maybe(names),
    }),
    { maxLength: 3 },
  )),
  sandbox: maybe(mostly(["none", "bwrap"], ["docker"])),
  redact: maybe(names),
  notify: maybe(mostly(["notify-send x"], [""])),
});

const dir = await Deno.makeTempDir({ prefix: "looop_fuzz_" });
const path = join(dir, "looop.json");
globalThis.addEventListener("unload", () => Deno.removeSync(dir, { recursive: true }));

fuzz("config", {
  input: fc.record({
    text: jsonTexts(config),
    interval: fc.option(fc.constantFrom("30", "0", "", "x", "1e999", "-1", "NaN"), {
      nil: undefined,
      freq: 8,
    }),
  }),
  deadlineMs: ON_DISK_MS,
  shares: { accepted: 0.05, refused: 0.3 },
  async check({ text, interval }) {
    await Deno.writeTextFile(path, text);
    const env = envOf(interval === undefined ? {} : { LOOOP_INTERVAL: interval });
    let config: Config;
    try {
      ({ config } = await readConfig(path, env));
    } catch (error) {
      assert(error instanceof ConfigError, `it threw ${error}`);
      assert(error.message.includes(path), "the message does not name the file");
      return "refused";
    }
    const said = JSON.parse(text);
    if (interval) said.interval = Number(interval);
    assertSays(config, said);
    assertConfig(config);
    return "accepted";
  },
});

/** Fails unless every word of the file stands in the config as it was written. */
function assertSays(config: unknown, said: unknown, where = "config"): void {
  if (typeof said !== "object" || said === null || Array.isArray(said) && said.length === 0) {
    const trimmed = typeof said === "string" && typeof config === "string" ? said.trim() : said;
    assert(
      Object.is(config, said) || config === trimmed || config === said ||
        Array.isArray(said) && Array.isArray(config) && config.length === 0,
      `${where} is not what the file says`,
    );
    return;
  }
  for (const key of Object.keys(said)) {
    assert(
      typeof config === "object" && config !== null && Object.hasOwn(config, key),
      `${where}.${key} is lost`,
    );
    const given = (said as Record<string, unknown>)[key];
    assertSays((config as Record<string, unknown>)[key], given, `${where}.${key}`);
  }
}

function assertConfig(config: Config): void {
  const { interval, busy_interval, active_interval, max_next_interval, sensors_at_once, budget } =
    config;
  for (const seconds of [interval, busy_interval, active_interval, max_next_interval]) {
    assert(seconds > 0 && seconds <= 86_400, `${seconds} seconds`);
  }
  assert(max_next_interval >= 5);
  assert(Number.isInteger(sensors_at_once) && sensors_at_once >= 1 && sensors_at_once <= 64);
  for (const count of [budget.decides_per_hour, budget.workers]) {
    assert(Number.isInteger(count) && count >= 0, `${count} in the budget`);
  }
  for (const dollars of [budget.usd_per_day ?? 0, budget.usd_per_worker ?? 0]) {
    assert(Number.isFinite(dollars) && dollars >= 0, `${dollars} dollars`);
  }
  const known = [
    "auto",
    "none",
    "pi",
    "claude",
    "codex",
    "opencode",
    ...Object.keys(config.runners),
  ];
  for (const name of [config.runner, config.worker_runner]) {
    assert(known.includes(name), `runner ${name}`);
  }
  for (const [name, { tick, worker, env = [] }] of Object.entries(config.runners)) {
    assert(known.slice(2, 6).includes(name) || tick || worker, `runner ${name} has no command`);
    assert(tick !== "" && worker !== "");
    assert(env.every(isVariable));
  }
  for (const { name, when, then, why, write = [], env = [] } of config.policy) {
    assert(/^[a-z0-9][a-z0-9_-]{0,63}$/.test(name) && !name.includes("\n"));
    assert(when.trim() !== "" && when.length <= 4000);
    assert(["allow", "ask", "deny"].includes(then));
    assert(
      why === undefined || why.trim() !== "" && !/[\p{Cc}\u2028\u2029]/u.test(why),
      "why is not one line",
    );
    assert(write.every((one) => one.startsWith("/")) && env.every(isVariable));
  }
  assert(["none", "bwrap"].includes(config.sandbox) && config.redact.every(isVariable));
  assert(config.notify !== "");
  assertEquals(JSON.parse(JSON.stringify(config)), config);
}

function isVariable(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !name.includes("\n");
}
