import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { quoteWord } from "../../src/workers/agents/agent.ts";
import { workerProfile } from "../support/worker_profile.ts";

Deno.test("workers need no more than the launcher allows; the shim starts the same looop, on the same profile", async () => {
  await using profile = await workerProfile();
  const fixture = fromFileUrl(import.meta.resolve("../fixtures/scoped_worker.ts"));
  const { dataDir } = profile.paths;
  // deno-fmt-ignore
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run", "--no-prompt", "--no-remote", "--frozen", "--no-check", "--allow-read", "--allow-env",
      "--allow-sys=hostname,uid", `--allow-write=${dataDir}`, "--allow-run=bash,git,tmux,script,ps",
      fixture,
    ],
    clearEnv: true,
    env: { ...profile.environment, LOOOP_DATA_DIR: dataDir, LOOOP_CONFIG: profile.configPath },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals([text(stdout), text(stderr)], ['[ "a" ] killed done killed\n', ""]);
  assertMatch(await profile.read("version"), /^looop \d+\.\d+\.\d+/);
  const shim = await Deno.readTextFile(profile.paths.shim);
  assertStringIncludes(shim, `export LOOOP_DENO=${quoteWord(Deno.execPath())}\n`);
  assertStringIncludes(shim, `export LOOOP_DATA_DIR=${quoteWord(dataDir)}\n`);
  assertMatch(shim, /exec .*\/bin\/looop'? "\$@"\n$/);
});
