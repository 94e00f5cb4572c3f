import type { Admission, PartVerdict } from "../../admit/admit.ts";
import type { ListedRule } from "../../admit/user_rules.ts";
import { hangText, labelRow, quoteBlock, safeLine } from "./text.ts";
import type { Paint, View } from "./view.ts";

/** Shows the policy, one rule after the other in the order in which they are gone through. */
export function renderPolicy(rules: ListedRule[], configPath: string, view: View): string {
  const own = rules.filter(({ from }) => from === "config");
  const lines = own.length > 0
    ? [view.dim(`the first that applies decides; yours are in ${safeLine(configPath)}`)]
    : [view.dim(`the first that applies decides; none are in ${safeLine(configPath)}`)];
  for (const [i, rule] of rules.entries()) {
    if (i === own.length) lines.push(view.dim("built in"));
    lines.push(...ruleLines(rule, `${i + 1}`.padStart(3), view));
  }
  return lines.map((line) => `${line}\n`).join("");
}

function ruleLines(rule: ListedRule, number: string, view: View): string[] {
  const { name, then, when, describes } = rule;
  const lines = [`${number}  ${paintOf(then, view)(then.padEnd(5))}  ${view.bold(name)}`];
  const indent = " ".repeat(number.length + 2);
  const add = (label: string, text: string) => {
    const [first, ...rest] = hangText(indent + label, safeLine(text), view.columns);
    lines.push(indent + view.dim(label) + first.slice(indent.length + label.length), ...rest);
  };
  if (when === null) add("", describes);
  else {
    add("when  ", when);
    if (describes !== name) add("why   ", describes);
    const may = accessText(rule.access);
    if (may !== "") add("may   ", may);
  }
  return lines;
}

/** What a rule lets a command do, in one line; empty where it only lets it read. */
export function accessText({ network, write, env }: ListedRule["access"]): string {
  return [
    network ? "use the network" : "",
    write.length > 0 ? `write to ${write.join(", ")}` : "",
    env.length > 0 ? `see ${env.join(", ")}` : "",
  ].filter(Boolean).join("; ");
}

/** How a verdict is coloured. */
export function paintOf(then: ListedRule["then"], view: View): Paint {
  return { allow: view.green, ask: view.yellow, deny: view.red }[then];
}

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

function row(name: string, text: string, view: View, paint?: Paint): string[] {
  return labelRow(name.padEnd(9), text, { ...view, paintLabel: view.dim, paint });
}
