/**
 * Asks what to do whenever the files in a directory change: a sensor and a decider in code, no LLM.
 *
 * deno run -A inbox.ts DIRECTORY [ANSWER]
 */
import { answer, listAsks, type Move, tick } from "@looop/cli";

const [folder = "inbox", reply] = Deno.args;
const profile = { dataDir: `${folder}/.looop-data`, configPath: `${folder}/.looop.json` };

let files: string[] = [];

/** The signal has only names: a change of sizes or times needs no decision. */
function inbox() {
  files = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => !name.startsWith(".")).sort();
  return { signal: files };
}

/** A decider gets the whole prompt; this one needs only the files that the sensor just listed. */
function decide(): Move {
  return files.length === 0
    ? { action: "noop", reason: "the inbox is empty", journal: "saw an empty inbox" }
    : {
      action: "ask",
      question: `What should be done with ${files.join(", ")}?`,
      journal: `asked about ${files.join(", ")}`,
      // Decide nothing more until an answer or another file arrives.
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
