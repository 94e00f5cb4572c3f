import { assertEquals } from "@std/assert";
import { pulse } from "../../src/loop/pulse.ts";
import { followTranscript, readTranscript } from "../../src/workers/transcript.ts";
import { eventually } from "../eventually.ts";
import { tempProfile } from "../profile/temp_profile.ts";
import { scripted } from "../scripted_decider.ts";
import { start, untilEnded, workerProfile } from "../workers/worker_profile.ts";

const SENSOR = `#!/bin/sh\n# looop: env=CODEWORD\necho "{\\"said\\":\\"$CODEWORD\\"}"\n`;

Deno.test("a pulse masks what redact names from the tick on after it was written", async () => {
  await using profile = await tempProfile({
    files: { "sensors/s.sh": SENSOR, "goals/broken.md": "swordfish" },
    env: { CODEWORD: "swordfish" },
  });
  const stop = new AbortController();
  const { decide, prompts } = scripted();
  const running = pulse(profile, { signal: stop.signal, decider: decide });
  const said = async () =>
    JSON.parse(await profile.read("snapshots/s.json").catch(() => "{}")).result?.value.said;
  await eventually("the sensor is read", async () => await said() === "swordfish");
  await Deno.writeTextFile(profile.configPath, JSON.stringify({ redact: ["CODEWORD"] }));
  await eventually("it is read masked", async () => await said() === "[masked CODEWORD]");
  await eventually("that is decided on", () => prompts.length === 2);
  stop.abort();
  await running;
  assertEquals(prompts.map((prompt) => prompt.includes("swordfish")), [true, false]);
});

Deno.test("readTranscript and followTranscript mask what a worker printed", async () => {
  await using profile = await workerProfile({ env: { A_TOKEN: "hunter2-hunter2" } });
  // Longer than the screen is wide: its terminal breaks the line, within the secret.
  const line = `printf '%0190d %s end\\n' 0 "$A_TOKEN"`;
  await start(profile, "w", "", { runner: { name: "sh", command: `${line}; echo next` } });
  await untilEnded(profile, "w");
  const expected = [`${"0".repeat(190)} [masked A_TOKEN] end`, "next"];
  assertEquals((await readTranscript(profile, "w")).split("\n"), [...expected, ""]);
  const followed = [];
  for await (const text of followTranscript(profile, "w", new AbortController().signal)) {
    followed.push(text);
  }
  assertEquals(followed, expected);
});
