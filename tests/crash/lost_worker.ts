import { join } from "@std/path";
import { answerAsk } from "../../src/inbox/answer.ts";
import { raiseAsk } from "../../src/inbox/flags.ts";
import { isPresent } from "../../src/os/stat.ts";
import { listWorkers } from "../../src/workers/list.ts";
import { startSession } from "../../src/workers/start.ts";
import { eventually } from "../support/eventually.ts";
import { loseWorkers } from "../workers/lose_worker.ts";
import { DECIDE, effects } from "./decide.ts";
import type { Kind } from "./kind.ts";

/** A tick that continues a worker, which was lost and is due, with the answer given meanwhile. */
export const LOST_WORKER: Kind = {
  name: "noop after a lost worker was continued",
  move: { action: "noop", reason: "it works on", journal: "TOLD it works" },
  config: {
    runners: {
      mine: {
        tick: DECIDE,
        worker: "touch ../up; exec sleep 600",
        resume: `cat {{prompt_file}} >../message; echo begun >>../effect; exec sleep 600`,
      },
    },
  },
  async prepareEach(profile) {
    const worker = await startSession(profile, { id: "old", prompt: "Work." });
    const { paths: { dataDir } } = profile;
    await eventually("it works", () => isPresent(join(dataDir, "..", "up")));
    const { generation } = worker;
    const ask = await raiseAsk(profile, { worker: "old", generation, question: "Tea?" });
    const read = (path: string) => Deno.readTextFile(join(dataDir, path));
    await loseWorkers({ read }, worker);
    await answerAsk(profile, ask.id, "coffee");
    const long = new Date(0).toISOString();
    const lost = { count: 1, phase: "waiting", at: long, due: long };
    await Deno.writeTextFile(`${dataDir}/workers/old/resumption.json`, JSON.stringify(lost));
  },
  asks: { open: 0, closed: 1 },
  async check(profile) {
    await eventually("it begins", async () => await effects(profile) > 0, 30_000)
      .catch(() => undefined);
    const [worker] = await listWorkers(profile, { only: "old" });
    const begun = await effects(profile);
    const message = await Deno.readTextFile(`${profile.paths.dataDir}/../message`)
      .catch(() => "");
    return worker?.state === "running" && begun === 1 && message.includes("answered: coffee")
      ? []
      : [`the worker is ${worker?.state}, and was continued ${begun} times: ${message}`];
  },
};
