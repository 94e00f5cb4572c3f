import { closeWorkerAsk } from "../../src/inbox/answer.ts";
import { raiseAsk } from "../../src/inbox/flags.ts";
import { awaitAnswer } from "../../src/inbox/wait.ts";
import { openProfile } from "../../src/profile/profile.ts";

// A process that asks as a worker does, and prints the answer: <data dir> <worker> <question>
if (import.meta.main) {
  const [dataDir, worker, question] = Deno.args;
  const profile = await openProfile({ dataDir, configPath: `${dataDir}/none.json` });
  const { id } = await raiseAsk(profile, { worker, generation: "g1", question });
  await Deno.writeTextFile(`${dataDir}/asked`, `${id}\n`, { append: true });
  const answer = await awaitAnswer(profile, id);
  console.log(JSON.stringify(answer));
  await closeWorkerAsk(profile, id, "delivered");
}
