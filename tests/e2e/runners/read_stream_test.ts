import { assert, assertEquals } from "@std/assert";
import { presets } from "../../../src/decide/runners/runner.ts";
import { PROGRAM_MS } from "../../support/eventually.ts";
import { type Driven, driveRunner } from "./drive_runner.ts";
import { installRunners, runnersBin } from "./install_runners.ts";
import { runnerHome } from "./isolated_home.ts";
import { startModelServer } from "./model_server.ts";
import type { Reply } from "./reply.ts";

const move = '{"action":"noop","reason":"nothing to do","journal":"nothing to do"}';
const usage = { input_tokens: 1200, cached_input_tokens: 800, output_tokens: 42 };

/** What is known of the model and the price of 1,200 tokens in, 800 of them cached, and 42 out. */
const known: Record<string, { model: string | null; cost: number | null }> = {
  pi: { model: "stub", cost: 0.00207 },
  claude: { model: "claude-opus-4-8", cost: 0.00345 },
  codex: { model: null, cost: null },
  opencode: { model: null, cost: 0.00207 },
};

/** Claude Code asks again by itself when an answer is empty. */
const callsWhenEmpty: Record<string, number> = { claude: 2 };

Deno.test("real programs are read: an answer, prose, and how it was paid", async (t) => {
  await installRunners();
  for (const name of presets.keys()) {
    await t.step(name, async () => {
      for (const text of [move, "I think we should\nwait."]) {
        const { driven, requests } = await call(name, { text });
        const { result, shown } = driven;
        assertEquals(result, {
          text,
          model: known[name].model,
          usage,
          cost_usd: known[name].cost,
          error: null,
        });
        assertEquals(shown.at(-1), text);
        assertEquals(requests, 1);
      }
    });
  }
});

Deno.test("real programs are read: a model without a configured price costs an unknown sum", async (t) => {
  await installRunners();
  for (const name of ["pi", "opencode"]) {
    await t.step(name, async () => {
      const { driven } = await call(name, { text: move }, { priced: false });
      assertEquals([driven.result.usage, driven.result.cost_usd], [usage, null]);
    });
  }
});

Deno.test("real programs are read: an empty answer is an error, and metered", async (t) => {
  await installRunners();
  for (const name of presets.keys()) {
    await t.step(name, async () => {
      const { driven, requests } = await call(name, { text: "" });
      const { error, usage } = driven.result;
      assertEquals(error, { kind: "empty", message: "exited with status 0 but printed no answer" });
      assertEquals(requests, callsWhenEmpty[name] ?? 1);
      assertEquals(usage.output_tokens, 42 * requests);
    });
  }
});

for (const status of [401, 403] as const) {
  Deno.test(`real programs are read: ${status} is told at once, after one request`, async (t) => {
    await installRunners();
    for (const name of presets.keys()) {
      await t.step(name, async () => {
        const { driven, requests } = await call(name, { status });
        assertEquals(driven.result.error?.kind, "auth");
        assertEquals(driven.result.text, "");
        // A second one may be on its way when the program is stopped.
        assert(requests <= 2, `${requests} requests`);
        assert(driven.ms < 60_000, `took ${driven.ms} ms`);
      });
    }
  });
}

Deno.test("real programs are read: 429 with a reset time ends the call, and the time is told", async (t) => {
  await installRunners();
  for (const name of presets.keys()) {
    await t.step(name, async () => {
      const before = Date.now();
      // With a key instead of a subscription, Claude Code does not pass the time on.
      const env: Record<string, string> = name === "claude"
        ? { ANTHROPIC_API_KEY: "", CLAUDE_CODE_OAUTH_TOKEN: "sk-ant-oat01-dummy" }
        : {};
      const { driven, requests } = await call(name, { status: 429, resetInS: 3600 }, { env });
      const { error } = driven.result;
      assertEquals(error?.kind, "rate_limit");
      // Codex tells it to the minute.
      const wait = (Date.parse(error?.retry_at ?? "") - before) / 1000;
      assert(wait >= 3599 && wait <= 3690, `${wait} s: ${error?.message}`);
      assertEquals(requests, 1);
      assert(driven.ms < 60_000, `took ${driven.ms} ms`);
    });
  }
});

Deno.test("real programs are read: 500 is tried again, but not for long", async (t) => {
  await installRunners();
  for (const name of presets.keys()) {
    await t.step(name, async () => {
      const { driven, requests } = await call(name, { status: 500 });
      assertEquals(driven.result.error?.kind, "model");
      assert(requests > 1, `${requests} requests`);
      assert(driven.ms < 60_000, `took ${driven.ms} ms`);
    });
  }
});

Deno.test("real programs are read: one failure does not spoil the answer after it", async (t) => {
  await installRunners();
  for (const name of presets.keys()) {
    await t.step(name, async () => {
      const { driven, requests } = await call(name, { status: 500 }, { then: { text: move } });
      assertEquals([driven.result.text, driven.result.error], [move, null]);
      assertEquals(requests, 2);
    });
  }
});

Deno.test("real programs are read: a server that hangs is given up at the deadline", async (t) => {
  await installRunners();
  for (const name of presets.keys()) {
    await t.step(name, async () => {
      let deadlineMs = 6_000;
      let { driven, requests } = await call(name, { hang: true }, { deadlineMs });
      // On a slow machine a program may not have reached the server yet.
      while (requests === 0 && deadlineMs < 60_000) {
        deadlineMs *= 2;
        ({ driven, requests } = await call(name, { hang: true }, { deadlineMs }));
      }
      assertEquals([driven.ending, driven.result.text], ["deadline", ""]);
      assertEquals(driven.result.cost_usd, null);
      assertEquals(requests, 1);
      assert(driven.ms < deadlineMs + 10_000, `took ${driven.ms} ms`);
    });
  }
});

async function call(
  name: string,
  reply: Reply,
  { then = reply, env = {}, priced = true, deadlineMs = PROGRAM_MS }: {
    then?: Reply;
    env?: Record<string, string>;
    priced?: boolean;
    deadlineMs?: number;
  } = {},
): Promise<{ driven: Driven; requests: number }> {
  await using server = startModelServer();
  await using home = await runnerHome(server, { binDirs: [runnersBin], priced });
  Object.assign(home.env, env);
  server.replyOnce(reply);
  server.reply(then);
  const driven = await driveRunner(presets.get(name)!, home, { deadlineMs });
  return { driven, requests: server.requests.length };
}
