import contract from "../../seeds/worker-contract.md" with { type: "text" };
import sandbox from "../../seeds/worker-sandbox.md" with { type: "text" };
import type { WorkerRecord } from "../model/worker.ts";

const TASK = "\n# Your task\n";

/** What a worker is told: the contract, what differs in a sandbox, and its task. */
export function writePrompt(task: string, kind: WorkerRecord["sandbox"]): string {
  const rules = kind === "none" ? contract : contract.replace(TASK, () => `\n${sandbox}${TASK}`);
  return `${rules.trimEnd()}\n\n${task.trim()}\n`;
}
