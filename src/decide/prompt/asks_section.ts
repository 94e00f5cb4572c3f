import type { Ask } from "../../model/ask.ts";
import { cut } from "../../model/cut.ts";
import type { Fence } from "./fence.ts";
import { indented } from "./indented.ts";
import type { Part } from "./part.ts";

/** How much is shown of a question that is not the loop's own, in characters. */
const MAX_SHOWN = 1000;

/** The open asks, and those whose answer is news. */
export function asksSection(asks: Ask[], fence: Fence): Part {
  if (asks.length === 0) return { text: "# ASKS\n\nNone is open." };
  return { text: `# ASKS\n\n${asks.map((ask) => describe(ask, fence)).join("\n\n")}` };
}

function describe(ask: Ask, fence: Fence): string {
  const { id, kind, question, options, approval, answer, worker } = ask;
  if (worker !== undefined) return describeOfWorker(ask, worker, fence);
  const head = `${kind} ${id}, ${
    answer ? "ANSWERED, this is news" : "still open: do not repeat it"
  }`;
  const lines = [
    indented(question),
    ...(options ? [`options: ${indented(options.join(" | "))}`] : []),
    ...(approval ? [`move: ${approval.move.action}, ${approval.move.journal}`] : []),
    ...(answer ? [`answer of the person: ${indented(answer.text)}`] : []),
  ];
  return `${head}\n${fence(`ask ${id}`, lines.join("\n"))}`;
}

function describeOfWorker({ id, question, answer }: Ask, worker: string, fence: Fence): string {
  const head = `question ${id} of worker ${worker}, ${
    answer ? "answered: the worker reads it" : "open: a person answers it"
  }`;
  return `${head}\n${fence(`ask ${id}`, indented(cut(question, MAX_SHOWN)))}`;
}
