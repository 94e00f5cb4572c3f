import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { envOf } from "../../src/os/env.ts";
import { DEFAULT_CONFIG, readConfig } from "../../src/profile/config.ts";
import { openProfile } from "../../src/profile/profile.ts";
import { ConfigError } from "../../src/schema/errors.ts";
import { tempProfile } from "../support/temp_profile.ts";

/** What reading a config says, without the words around the issues. */
async function issuesOf(text: string, env: Record<string, string> = {}): Promise<string> {
  await using profile = await tempProfile();
  await Deno.writeTextFile(profile.configPath, text);
  const error = await assertRejects(() => readConfig(profile.configPath, envOf(env)), ConfigError);
  const [head, ...rest] = error.message.split("\n");
  const names = Object.keys(env);
  const named = names.length > 0 ? ` (with ${names.join(", ")} of the environment)` : "";
  assertEquals(head, `cannot use config ${profile.configPath}${named}:`);
  assertEquals(rest.pop(), `"looop help config" lists every key.`);
  // All keys there are: there will be more.
  return rest.join("\n").replace(/(^ {2}unknown key .*; allowed are) .*/, "$1 …");
}

Deno.test("readConfig gives the defaults where there is no file, the same as an empty one means", async () => {
  await using profile = await tempProfile();
  assertEquals((await readConfig(profile.configPath, envOf({}))).config, DEFAULT_CONFIG);
  assertEquals(DEFAULT_CONFIG, {
    runner: "auto",
    worker_runner: "auto",
    runners: {},
    interval: 60,
    busy_interval: 60,
    active_interval: 60,
    max_next_interval: 300,
    fairness: 86_400,
    sensors_at_once: 8,
    stuck_after: 900,
    verify_timeout: 60,
    keep_runs: 50,
    prune_after: 259_200,
    budget: { decides_per_hour: 60, workers: 8, unknown_cost: "hold" },
    policy: [],
    sandbox: "none",
    redact: [],
    surface: "tmux",
  });
});

Deno.test("readConfig names each bad key, the expected value and the value found", async () => {
  for (
    const [text, issues] of [
      [`{"intervall": 5}`, "  unknown key `intervall` (did you mean `interval`?); allowed are …"],
      [`{"a": 1, "b": 2}`, "  unknown key `a`, `b`; allowed are …"],
      [
        `{"budget": [], "runners": []}`,
        "  `runners` must be an object; found []\n  `budget` must be an object; found []",
      ],
      [`{"interval": 1e999}`, "  `interval` must be a number; found Infinity"],
      [`{"__proto__": 5}`, "  unknown key `__proto__`; allowed are …"],
      [
        `{"runners": {"__proto__": {"tick": "x"}}}`,
        '  `runners` must not have a runner named __proto__; found {"__proto__":{"tick":"x"}}',
      ],
      [
        `{"notify": {"length": {"toString": null}}}`,
        '  `notify` must be text; found {"length":{"toString":null}}',
      ],
      [
        `{"policy": [{"name": "a", "when": "true", "then": "deny", "why": "two\\nlines"}]}`,
        '  `policy.0.why` must be one line of text; found "two\\nlines"',
      ],
      [`{"interval": "5"}`, '  `interval` must be a number; found "5"'],
      [`{"interval": 0}`, "  `interval` must be more than 0; found 0"],
      [`[1]`, "  must be an object; found [1]"],
      [`null`, "  must be an object; found null"],
      [
        `{"runner": "gpt"}`,
        '  `runner` must be one of auto, none, pi, claude, codex, opencode; found "gpt"',
      ],
      [
        `{"runner": "constructor", "runners": {"mine": {"tick": "x"}}}`,
        '  `runner` must be one of auto, none, pi, claude, codex, opencode, mine; found "constructor"',
      ],
      [
        `{"runners": {"mine": {}}}`,
        "  `runners.mine.tick` must be a shell command: only presets have a default",
      ],
      [
        `{"runners": {"pi": {"models": 1}}}`,
        "  `runners.pi`: unknown key `models` (did you mean `model`?); allowed are tick, worker, resume, output, model, env, network, read",
      ],
      [
        `{"stuck_after": "soon", "prune_after": -1, "verify_timeout": "1w"}`,
        '  `stuck_after` must be seconds, or text such as 90s, 15m, 2h or 3d, from 60 to 604800 s; found "soon"\n' +
        '  `verify_timeout` must be seconds, or text such as 90s, 15m, 2h or 3d, from 1 to 86400 s; found "1w"\n' +
        "  `prune_after` must be seconds, or text such as 90s, 15m, 2h or 3d, from 0 to 31622400 s; found -1",
      ],
      [
        `{"sensors_at_once": 1.5, "max_next_interval": 1}`,
        "  `max_next_interval` must be at least 5; found 1\n" +
        "  `sensors_at_once` must be a whole number; found 1.5",
      ],
    ]
  ) assertEquals(await issuesOf(text), issues);
});

Deno.test("readConfig reads the times of workers as seconds, or as text with a unit", async () => {
  await using profile = await tempProfile();
  const text = `{"stuck_after": "30m", "verify_timeout": 90, "prune_after": "7d", "keep_runs": 3}`;
  await Deno.writeTextFile(profile.configPath, text);
  const { config } = await readConfig(profile.configPath, envOf({}));
  const { stuck_after, verify_timeout, prune_after, keep_runs } = config;
  assertEquals([stuck_after, verify_timeout, prune_after, keep_runs], [1800, 90, 604_800, 3]);
});

Deno.test("readConfig names the file that is not JSON, or cannot be read", async () => {
  await using profile = await tempProfile();
  await Deno.writeTextFile(profile.configPath, "{interval: 5}");
  const broken = await assertRejects(
    () => readConfig(profile.configPath, envOf({})),
    ConfigError,
    `config ${profile.configPath} is not valid JSON: `,
  );
  assertEquals(broken.message.split("\n").pop(), "Fix it, or delete it to use the defaults.");
  await assertRejects(
    () => readConfig(profile.root, envOf({})),
    ConfigError,
    `config: cannot read ${profile.root}: `,
  );
});

Deno.test("readConfig puts the environment above the file, and the file above the defaults", async () => {
  await using profile = await tempProfile();
  await Deno.writeTextFile(profile.configPath, `{"interval": 10, "busy_interval": 20}`);
  const read = (env: Record<string, string>) => readConfig(profile.configPath, envOf(env));
  const plain = await read({ LOOOP_INTERVAL: "" });
  assertEquals(plain.config, {
    ...DEFAULT_CONFIG,
    interval: 10,
    busy_interval: 20,
    active_interval: 10,
  });
  const over = await read({ LOOOP_INTERVAL: "7", LOOOP_BUSY_INTERVAL: "0.5" });
  assertEquals(over.config, {
    ...DEFAULT_CONFIG,
    interval: 7,
    busy_interval: 0.5,
    active_interval: 7,
  });
  assert(plain.digest !== over.digest);
  assertEquals(
    await issuesOf("{}", { LOOOP_INTERVAL: "soon" }),
    '  `interval` must be a number; found "soon"',
  );
});

Deno.test("openProfile with a bad config makes nothing", async () => {
  await using profile = await tempProfile();
  const home = join(profile.root, "fresh");
  const configPath = join(profile.root, "bad.json");
  await Deno.writeTextFile(configPath, "{");
  const options = { configPath, environment: { HOME: home } };
  await assertRejects(() => openProfile(options), ConfigError);
  assertEquals(await Deno.stat(home).catch(() => null), null);
});

Deno.test("readConfig ignores a byte order mark, and names UTF-16", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "bom.json");
  await Deno.writeTextFile(path, '\ufeff{"runner": "none"}\r\n');
  assertEquals((await readConfig(path, () => undefined)).config.runner, "none");
  await Deno.writeFile(path, new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0]));
  await assertRejects(
    () => readConfig(path, () => undefined),
    ConfigError,
    `config ${path} is not valid JSON: it is in UTF-16; save it as UTF-8\n`,
  );
});
