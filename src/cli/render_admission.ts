import type { Admission, PartVerdict } from "../admit/admit.ts";
import { quoteBlock } from "./quote_block.ts";
import { accessText, paintOf } from "./render_policy.ts";
import { safeLine } from "./safe_text.ts";
import type { View } from "./view.ts";
import { hangText } from "./wrap_text.ts";

const NAMES: Record<PartVerdict["part"], string> = {
  move: "the move",
  verify: "its verify command, judged as a run",
  worker: "its worker's command, judged as a run",
  script: "its script, judged as a run",
};

/** Shows what policy says of a move, then of each thing that the move would start. */
export function renderAdmission(admission: Admission, view: View): string {
  const { then, rule, why, parts } = admission;
  const lines = [
    ...row("verdict", then, view, paintOf(then, view)),
    ...row("rule", rule, view),
    ...row("why", why, view),
  ];
  for (const part of parts) lines.push("", ...partLines(part, parts.length > 1, view));
  return lines.map((line) => `${line}\n`).join("");
}

function partLines(part: PartVerdict, several: boolean, view: View): string[] {
  const { move, tokens, then, rule, why, access } = part;
  const lines = [
    view.bold(`${NAMES[part.part]}${part.part === "move" ? ` (${move.action})` : ""}`),
  ];
  if (tokens && move.action === "run") {
    lines.push(...quoteBlock(move.command, view.columns, "columns"));
    lines.push(
      ...tokens.simple
        ? row("simple", `yes: ${tokens.argv.map((word) => JSON.stringify(word)).join(" ")}`, view)
        : row("simple", `no: ${tokens.why}`, view),
    );
  }
  if (several) lines.push(...row(then, `rule ${rule}: ${why}`, view));
  const may = accessText(access);
  if (may !== "") lines.push(...row("may", may, view));
  return lines;
}

function row(name: string, text: string, view: View, paint = (text: string) => text): string[] {
  const label = name.padEnd(9);
  const [first, ...rest] = hangText(label, safeLine(text), view.columns);
  return [view.dim(label) + paint(first.slice(label.length)), ...rest];
}
