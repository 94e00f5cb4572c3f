import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { answerAsk } from "../../src/inbox/answer.ts";
import { findAsk } from "../../src/inbox/asks.ts";
import { raiseAsk } from "../../src/inbox/flags.ts";
import { DEFAULT_CONFIG } from "../../src/profile/config.ts";
import { eventually } from "../support/eventually.ts";
import { marked, workerProfile } from "../support/worker_profile.ts";
import { loseWorkers } from "./lose_worker.ts";
import { begin, count, tend } from "./resuming_profile.ts";

const SESSION = "0197c3a0-1111-4222-8333-444455556666";

/** How each program records its session in the worker's directory, and is told to go on with it. */
const AGENTS = [
  {
    name: "claude",
    records: `echo '{"session_id":"${SESSION}"}' >>sessions.jsonl`,
    resumed: `--resume ${SESSION} Your session was interrupted.`,
  },
  {
    name: "codex",
    records: `echo '{"session_id":"${SESSION}"}' >>sessions.jsonl`,
    resumed: `${SESSION} Your session was interrupted.`,
  },
  {
    name: "pi",
    records: "mkdir -p pi-sessions; echo '{}' >>pi-sessions/2026_1.jsonl",
    resumed: "--continue Your session was interrupted.",
  },
  {
    name: "opencode",
    records: `echo '{"session_id":"ses_1"}' >>opencode-sessions.jsonl`,
    resumed: "--session ses_1",
  },
];

/** Answers of the user to what each program would ask before it starts. */
const SET_UP = {
  ".claude.json": JSON.stringify({
    hasCompletedOnboarding: true,
    projects: { "/": { hasTrustDialogAccepted: true } },
  }),
  ".codex/auth.json": "{}",
  ".pi/agent/models.json": "{}",
};

/** The steps at which looop can be stopped, by what its record then has. */
const STEPS = ["waiting", "stopping", "starting", "begun"] as const;

for (const { name, records, resumed } of AGENTS) {
  Deno.test(`${name} goes on once in its own session, with its answer, at whatever step looop was stopped`, async () => {
    for (const step of STEPS) {
      const bin = await Deno.makeTempDir();
      const standIn = `#!/bin/sh
cd "$LOOOP_DATA_DIR/workers/a"; ${records}; cd ../..
echo "$*" | tr '\\n' ' ' >>calls; cat workers/a/opencode-plugin.js >>calls 2>/dev/null; echo >>calls
echo up; exec sleep 600
`;
      await Deno.writeTextFile(join(bin, name), standIn, { mode: 0o700 });
      await using profile = await workerProfile({
        env: { PATH: `${bin}:${Deno.env.get("PATH")}` },
        config: { budget: { ...DEFAULT_CONFIG.budget, workers: 100 } },
      });
      for (const [path, text] of Object.entries(SET_UP)) {
        await profile.write(join("../home", path), text);
      }
      const worker = await begin(profile, "a", { runner: name });
      const { generation } = worker;
      const ask = await raiseAsk(profile, { worker: "a", generation, question: "Which colour?" });
      await answerAsk(profile, ask.id, "blue");
      // At the last step the agent lives already, in its new session.
      if (step !== "begun") await loseWorkers(profile, worker);
      await profile.write("calls", "");
      const at = new Date(0).toISOString();
      const phase = step === "begun" ? "starting" : step;
      const answered = step === "begun" ? { answered: [ask.id] } : {};
      const resumption = { count: 1, phase, at, due: at, ...answered };
      await profile.write("workers/a/resumption.json", JSON.stringify(resumption));
      for (let i = 0; i < 3; i++) assertEquals(await tend(profile), ["a running"], step);
      const calls = () => profile.read("calls");
      if (step !== "begun") {
        await eventually("it goes on", async () => (await calls()).includes("Go on"));
        assertEquals(count(await calls(), resumed), 1, `${step}: ${await calls()}`);
        assertEquals(count(await calls(), "Your user has answered: blue"), 1, step);
      } else assertEquals(await calls(), "");
      assertEquals((await findAsk(profile, ask.id))?.closed_by, "delivered", step);
      assertEquals((await marked(generation)).length > 0, true);
      await Deno.remove(bin, { recursive: true });
    }
  });
}
