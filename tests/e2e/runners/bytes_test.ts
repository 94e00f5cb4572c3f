import { assert } from "@std/assert";
import { presets } from "../../../src/decide/runners/presets.ts";
import type { Runner } from "../../../src/decide/runners/runner.ts";
import { driveRunner } from "./drive_runner.ts";
import { installRunners, runnersBin } from "./install_runners.ts";
import { runnerHome } from "./isolated_home.ts";
import { startModelServer } from "./model_server.ts";

const prompt = "Decide one move. Reply JSON.";
const system = "You decide.";

/** How each program is run by who knows none of its flags. */
const plain: Record<string, string[]> = {
  pi: ["pi", "-p", "--mode", "json"],
  claude: ["claude", "-p", "--output-format", "stream-json", "--verbose"],
  codex: ["codex", "exec", "--json", "--skip-git-repo-check", "-"],
  opencode: ["opencode", "run", "--format", "json"],
};

/** What may reach the model beyond the prompt: a share of what the program sends by default, or bytes. */
const most: Record<string, { share: number } | { bytes: number }> = {
  pi: { share: 0.10 },
  claude: { share: 0.02 },
  // Measured 1,686, nearly all of it ids that Codex sends beside the prompt; 10 % added.
  codex: { bytes: 1_860 },
  // Measured 512 with a folder of 60 characters, which is in it; 10 % added, and room for the path.
  opencode: { bytes: 610 },
};

Deno.test({
  name: "runners send little more than the prompt to the model",
  async fn(t) {
    await installRunners();
    for (const [name, runner] of presets) {
      await t.step(name, async () => {
        const byDefault = await bytesBeyondPrompt({
          ...runner,
          start: () => ({ argv: plain[name], env: {} }),
        }, prompt.length);
        const lean = await bytesBeyondPrompt(runner, prompt.length + system.length);
        const share = lean / byDefault;
        console.log(
          `${name}: ${byDefault} bytes beyond the prompt by default, ${lean} from looop ` +
            `(${(share * 100).toFixed(1)} %)`,
        );
        const limit = most[name];
        assert("share" in limit ? share <= limit.share : lean <= limit.bytes);
      });
    }
  },
});

async function bytesBeyondPrompt(runner: Runner, own: number): Promise<number> {
  await using server = startModelServer();
  await using home = await runnerHome(server, { binDirs: [runnersBin] });
  const { result: { error } } = await driveRunner(runner, home, { prompt, system });
  assert(error === null, `${runner.name} failed: ${error?.message}`);
  return server.requests.reduce((sum, { bytes }) => sum + bytes, 0) - own;
}
