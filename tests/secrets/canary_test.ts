import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { eventually } from "../support/eventually.ts";
import { CANARY, filesWithCanary, tracesIn } from "./canary.ts";
import { type CanaryLoop, canaryLoop } from "./canary_loop.ts";

const MASKED = "[masked MY_TOKEN]";

/** Prints the canary in every form, as a value, a key and within others. */
const SENSORS = {
  "sensors/json.ts": `// looop: allow-env=MY_TOKEN
const token = Deno.env.get("MY_TOKEN")!;
const bytes = new TextEncoder().encode("user:" + token);
console.log(JSON.stringify({
  signal: { [token]: token },
  detail: [JSON.stringify({ token }), encodeURIComponent(token), bytes.toBase64()],
}));
`,
  "sensors/throws.ts": `// looop: allow-env=MY_TOKEN
throw new Error("x".repeat(150) + Deno.env.get("MY_TOKEN"));
`,
  // Of what it says the last 2,048 characters are kept: they begin within the canary.
  "sensors/exits.sh": `#!/bin/bash
# looop: env=MY_TOKEN
printf '%s%02030d %s' "$MY_TOKEN" 0 "$MY_TOKEN" >&2
exit 3
`,
};

/** Runs one tick whose runner answers this. */
async function tick(loop: CanaryLoop, answer: Parameters<CanaryLoop["answer"]>[0]) {
  await loop.answer(answer);
  const { stdout, stderr } = await loop.looop("tick", "--json");
  assert(stdout !== "", stderr);
  return JSON.parse(stdout);
}

Deno.test("a secret of the environment reaches nothing that looop writes, shows or asks a model", async () => {
  await using loop = await canaryLoop(SENSORS);
  const { profile } = loop;
  const ran = await tick(loop, {
    action: "run",
    command: `echo "CANARY $MY_TOKEN"; printf '%02040d' 0; printf '%s' "$MY_TOKEN" >&2; false`,
    journal: "ran CANARY",
  });
  assertEquals([ran.outcome, ran.result.exit_code], ["moved", 1]);
  assertStringIncludes(ran.journal, `ran ${MASKED}`);
  const asked = await tick(loop, {
    action: "ask",
    question: "x".repeat(190) + "CANARY",
    options: ["CANARY", "no"],
    ref: "CANARY",
    journal: "asked CANARY",
    more: true,
  });
  assertEquals(asked.result.status, "made");
  const started = await tick(loop, {
    action: "start_worker",
    id: "w",
    prompt: "use CANARY",
    verify: `echo "$MY_TOKEN CANARY"; exit 4`,
    journal: "started CANARY",
    more: true,
  });
  // What a command printed could have shaped it.
  assertEquals(started.result.status, "asked");
  assertEquals((await loop.looop("approve", started.result.ask_id)).status, 0);
  assertEquals((await tick(loop, "nobody asks")).result.summary, "started worker w");
  await eventually("the worker asks", async () => {
    const { stdout } = await loop.looop("asks", "--json");
    return JSON.parse(stdout).some((ask: { worker?: string }) => ask.worker === "w");
  });
  const failed = await tick(loop, "CANARY");
  assertEquals(failed.outcome, "failed");
  assertStringIncludes(failed.error.message, `no luck with ${MASKED}`);
  for (
    const args of [
      ["status"],
      ["status", "--json"],
      ["ls"],
      ["asks"],
      ["wait", "--timeout", "1"],
      ["wait", "--timeout", "1", "--json"],
      ["logs", "w"],
      ["sensor", "test", "json"],
      ["sensor", "test", "throws"],
      ["sensor", "test", "exits", "--json"],
    ]
  ) await loop.looop(...args);
  const asks = JSON.parse((await loop.looop("asks", "--json")).stdout);
  for (const { id } of asks) await loop.looop("answer", id, `${CANARY} it is`, "--other");
  await eventually("the worker ends", async () => {
    const { stdout } = await loop.looop("ls", "--json");
    return JSON.parse(stdout).some((worker: { state: string }) => worker.state === "done");
  });
  const last = await tick(loop, { action: "noop", reason: "CANARY", journal: "nothing CANARY" });
  assertEquals(last.outcome, "moved");
  await loop.answer({ action: "run", command: "echo CANARY", journal: "CANARY" });
  await loop.looop("run", "g", "--json");

  assertEquals(tracesIn(loop.printed()), []);
  assertEquals(tracesIn(await loop.prompts()), []);
  // What a terminal printed stays as it was.
  const files = await filesWithCanary(profile.paths.dataDir);
  assertEquals(files.map((path) => path.replace(/w\.[^/]+/, "w")), ["workers/ended/w/transcript"]);
});
