import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { envOf } from "../../src/host/env.ts";
import { configSchema } from "../../src/model/config.ts";
import { ConfigError } from "../../src/model/user_error.ts";
import { openProfile } from "../../src/profile/profile.ts";
import { DEFAULT_CONFIG, readConfig } from "../../src/profile/read_config.ts";
import { tempProfile } from "./temp_profile.ts";

/** What reading a config says, without the words around the issues. */
async function issuesOf(text: string, env: Record<string, string> = {}): Promise<string> {
  await using profile = await tempProfile();
  await Deno.writeTextFile(profile.configPath, text);
  const error = await assertRejects(() => readConfig(profile.configPath, envOf(env)), ConfigError);
  const [head, ...rest] = error.message.split("\n");
  const names = Object.keys(env);
  const named = names.length > 0 ? ` (with ${names.join(", ")} of the environment)` : "";
  assertEquals(head, `config ${profile.configPath}${named} cannot be used:`);
  assertEquals(rest.pop(), `"looop help config" lists every key.`);
  // All keys there are: there will be more.
  return rest.join("\n").replace(/(\(top level\): .*: allowed are) .*/, "$1 …");
}

Deno.test("readConfig gives the defaults where there is no file, the same as an empty one means", async () => {
  await using profile = await tempProfile();
  assertEquals((await readConfig(profile.configPath, envOf({}))).config, DEFAULT_CONFIG);
  assertEquals(configSchema.parse({}), DEFAULT_CONFIG);
});

Deno.test("readConfig says of each key what was found and what is allowed", async () => {
  for (
    const [text, issues] of [
      [`{"intervall": 5}`, `  (top level): unknown key "intervall": allowed are …`],
      [`{"a": 1, "b": 2}`, `  (top level): unknown key "a", "b": allowed are …`],
      [
        `{"budget": [], "runners": []}`,
        `  runners: found [], expected object\n  budget: found [], expected object`,
      ],
      [`{"interval": 1e999}`, `  interval: found null, expected a number of at most 86400`],
      [`{"__proto__": 5}`, `  (top level): unknown key "__proto__": allowed are …`],
      [
        `{"runners": {"__proto__": {"tick": "x"}}}`,
        `  runners: found {"__proto__":{"tick":"x"}}, no runner can be called __proto__`,
      ],
      [
        `{"notify": {"length": {"toString": null}}}`,
        `  notify: found {"length":{"toString":null}}, expected string`,
      ],
      [
        `{"policy": [{"name": "a", "when": "true", "then": "deny", "why": "two\\nlines"}]}`,
        `  policy.0.why: found "two\\nlines", must be one line of text`,
      ],
      [`{"interval": "5"}`, `  interval: found "5", expected number`],
      [`{"interval": 0}`, `  interval: found 0, expected a number above 0`],
      [`[1]`, `  (top level): found [1], expected object`],
      [`null`, `  (top level): found null, expected object`],
      [
        `{"runner": "gpt"}`,
        `  runner: found "gpt", expected one of auto, none, pi, claude, codex, opencode`,
      ],
      [
        `{"runner": "constructor", "runners": {"mine": {"tick": "x"}}}`,
        `  runner: found "constructor", expected one of auto, none, pi, claude, codex, opencode, mine`,
      ],
      [
        `{"runners": {"init": {"tick": "x", "worker": "y"}}}`,
        `  runners.init.worker: found "y", expected another name for the runner: init is looop init`,
      ],
      [
        `{"runners": {"mine": {}}}`,
        `  runners.mine.tick: found nothing, expected a shell command: only presets have one of their own`,
      ],
      [
        `{"runners": {"pi": {"models": 1}}}`,
        `  runners.pi: unknown key "models": allowed are tick, worker, output, model, env, network`,
      ],
      [
        `{"sensors_at_once": 1.5, "max_next_interval": 1}`,
        `  max_next_interval: found 1, expected a number of at least 5\n` +
        `  sensors_at_once: found 1.5, expected a whole number`,
      ],
    ]
  ) assertEquals(await issuesOf(text), issues);
});

Deno.test("readConfig names the file that is not JSON, or cannot be read", async () => {
  await using profile = await tempProfile();
  await Deno.writeTextFile(profile.configPath, "{interval: 5}");
  const broken = await assertRejects(
    () => readConfig(profile.configPath, envOf({})),
    ConfigError,
    `config ${profile.configPath} is not valid JSON: `,
  );
  assertEquals(broken.message.split("\n").pop(), "Mend it, or delete it to use the defaults.");
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
    `  interval: found "soon", expected number`,
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
