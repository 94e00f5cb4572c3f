/**
 * Asks what to do whenever the files in a folder change: a sensor and a decider in code, no LLM.
 *
 * deno run -A inbox.ts FOLDER [ANSWER]
 */
import { answer, listAsks, type Move, tick } from "@looop/cli";

const [folder = "inbox", reply] = Deno.args;
const profile = { dataDir: `${folder}/.looop-data`, configPath: `${folder}/.looop.json` };

let files: string[] = [];

/** What may wake the loop: names alone, since sizes and times say nothing of what is to be done. */
function inbox() {
  files = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => !name.startsWith(".")).sort();
  return { signal: files };
}

/** A decider sees the whole prompt; this one needs only what the sensor has just seen. */
function decide(): Move {
  return files.length === 0
    ? { action: "noop", reason: "the inbox is empty", journal: "saw an empty inbox" }
    : {
      action: "ask",
      question: `What shall become of ${files.join(", ")}?`,
      journal: `asked about ${files.join(", ")}`,
      // Nothing is left to decide until the answer, or another file, is there.
      more: false,
    };
}

if (reply !== undefined) {
  for (const { id, kind } of await listAsks(profile)) {
    if (kind === "question") await answer({ ...profile, id, text: reply });
  }
}
const result = await tick({ ...profile, sensors: { inbox }, decide });
console.log(result.outcome === "moved" ? result.journal.slice(19) : result.outcome);
for (const { id, question } of await listAsks(profile)) console.log(`${id}: ${question}`);
