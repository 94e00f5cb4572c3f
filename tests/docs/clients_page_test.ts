import { assertEquals } from "@std/assert";
import { COMMANDS } from "../../src/cli/command.ts";
import { readStatus } from "../../src/loop/status.ts";
import { raiseAsk } from "../../src/inbox/flags.ts";
import { start, workerProfile } from "../support/worker_profile.ts";

const page = await Deno.readTextFile(new URL("../../docs/clients.md", import.meta.url));
const named = (key: string) => new RegExp(`[\`{ ,]${key}[\`}, ?]`).test(page);

Deno.test("docs/clients.md names every key of the full status, and of what it lists", async () => {
  await using profile = await workerProfile({
    files: {
      "goals/close.md": "---\ngoal: Close\nmetric: {value: sensors.tickets.open, to: 0}\n" +
        "due: 2026-01-01T00:00:00Z\nbudget_usd: 1\n---\n",
      "schedules/tidy.yaml": "every: 6h\n",
      "sensors/tickets.sh": `#!/bin/sh\necho '{"open":2}'\n`,
    },
  });
  const { generation } = await start(profile, "fix", "sleep 600");
  await raiseAsk(profile, { worker: "fix", generation, question: "Tea?", options: ["yes"] });
  const status = await readStatus(profile, { full: true });
  const { workers: [worker], goals: [goal], schedules: [schedule] } = status;
  const keys = [status, worker, goal, schedule].flatMap((one) => Object.keys(one));
  assertEquals([...new Set(keys)].filter((key) => !named(key)), []);
});

Deno.test("docs/clients.md names only commands that looop has", () => {
  const commands = [...page.matchAll(/\blooop ([a-z][a-z-]+)/g)].map(([, name]) => name);
  assertEquals([...new Set(commands)].filter((name) => !Object.hasOwn(COMMANDS, name)), []);
});
