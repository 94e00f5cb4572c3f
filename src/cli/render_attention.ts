import type { AttentionItem } from "../model/attention.ts";
import { quoteBlock } from "./quote_block.ts";
import { safeLine } from "./safe_text.ts";
import type { View } from "./view.ts";
import { hangText } from "./wrap_text.ts";

/** Shows what needs a human, each with the commands that see to it. */
export function renderAttention(items: AttentionItem[], view: View): string {
  return items.flatMap((item) => [
    view.bold(headOf(item)),
    ...quoteBlock(item.text, view.columns, "words"),
    ...(item.options ?? []).flatMap((option) => hangText("  - ", safeLine(option), view.columns)),
    ...commandsFor(item).map((command) => `  ${view.yellow(command)}`),
  ]).map((line) => `${line}\n`).join("");
}

function headOf({ kind, ask, worker }: AttentionItem): string {
  switch (kind) {
    case "question":
    case "approval":
      return `⚑ ${worker ?? "the loop"} asks: ${ask} (${kind})`;
    case "flag":
      return `⚑ ${worker} waits for you`;
    case "pulse":
      return "⚑ nothing ticks";
    case "parked":
      return "⚑ the loop is parked";
  }
}

function commandsFor({ kind, ask, worker }: AttentionItem): string[] {
  switch (kind) {
    case "question":
      return [`looop answer ${ask} "…"`, ...worker === undefined ? [] : [`looop attach ${worker}`]];
    case "approval":
      return ["looop asks", `looop approve ${ask}`, `looop reject ${ask} "why not"`];
    case "flag":
      return [`looop attach ${worker}`, `looop unflag ${worker}`];
    case "pulse":
      return ["looop up"];
    case "parked":
      return ["looop resume"];
  }
}
