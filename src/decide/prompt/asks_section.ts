import type { Ask } from "../../model/ask.ts";
import type { Fence } from "./fence.ts";
import type { Part } from "./part.ts";

/** The open asks, and those whose answer is news. */
export function asksSection(asks: Ask[], fence: Fence): Part {
  if (asks.length === 0) return { text: "# ASKS\n\nNone is open." };
  return { text: `# ASKS\n\n${asks.map((ask) => describe(ask, fence)).join("\n\n")}` };
}

function describe(ask: Ask, fence: Fence): string {
  const { id, kind, question, options, approval, answer } = ask;
  const head = `${kind} ${id}, ${
    answer ? "ANSWERED, this is news" : "still open: do not repeat it"
  }`;
  const lines = [
    question,
    ...(options ? [`options: ${options.join(" | ")}`] : []),
    ...(approval ? [`move: ${approval.move.action}, ${approval.move.journal}`] : []),
    ...(answer ? [`answer of the person: ${answer.text}`] : []),
  ];
  return `${head}\n${fence(`ask ${id}`, lines.join("\n"))}`;
}
