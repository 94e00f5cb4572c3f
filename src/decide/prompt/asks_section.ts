import type { Ask } from "../../model/ask.ts";
import { cut } from "../../model/cut.ts";
import type { Fence } from "./fence.ts";
import { indented } from "./indented.ts";
import type { Part } from "./part.ts";

/** How much is shown of a question that is not the loop's own, in characters. */
const MAX_SHOWN = 1000;

/**
 * The open asks, and those whose answer is news. Those of workers, and those that outside text could have shaped,
 * are withheld unless `tainted`.
 */
export function asksSection(
  asks: Ask[],
  { fence, tainted }: { fence: Fence; tainted: boolean },
): Part {
  if (asks.length === 0) return { text: "# ASKS\n\nNone is open." };
  const texts = asks.map((ask) => {
    const outside = ask.worker !== undefined || ask.tainted;
    return outside && !tainted ? `${headOf(ask)}; withheld` : `${headOf(ask)}\n${body(ask, fence)}`;
  });
  return { text: `# ASKS\n\n${texts.join("\n\n")}` };
}

function headOf({ id, kind, answer, worker }: Ask): string {
  if (worker === undefined) {
    return `${kind} ${id}, ${answer ? "ANSWERED, this is news" : "still open: do not repeat it"}`;
  }
  const stands = answer ? "answered: the worker reads it" : "open: a person answers it";
  return `question ${id} of worker ${worker}, ${stands}`;
}

function body({ id, question, options, approval, answer, worker }: Ask, fence: Fence): string {
  if (worker !== undefined) return fence(`ask ${id}`, indented(cut(question, MAX_SHOWN)));
  const lines = [
    indented(question),
    ...(options ? [`options: ${indented(options.join(" | "))}`] : []),
    ...(approval ? [`move: ${approval.move.action}, ${approval.move.journal}`] : []),
    ...(answer ? [`answer of the person: ${indented(answer.text)}`] : []),
  ];
  return fence(`ask ${id}`, lines.join("\n"));
}
