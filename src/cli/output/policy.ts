import type { Admission, PartVerdict } from "../../admit/admit.ts";
import { PART_LABELS } from "../../admit/parts.ts";
import type { ListedRule } from "../../admit/user_rules.ts";
import { foldText, quoteBlock, safeLine } from "./text.ts";
import { joinLines, labelled, type Paint, type View } from "./view.ts";

/** Renders the rules of the policy in the order in which they are evaluated. */
export function renderPolicy(rules: ListedRule[], configPath: string, view: View): string {
  const own = rules.filter(({ from }) => from === "config");
  const which = own.length > 0 ? "your rules are in" : "there are no rules in";
  const head = `the first matching rule decides; ${which} ${safeLine(configPath)}`;
  const lines = foldText(head, view.columns).split("\n").map(view.dim);
  for (const [i, rule] of rules.entries()) {
    if (i === own.length) lines.push(view.dim("built in"));
    lines.push(...ruleLines(rule, `${i + 1}`.padStart(3), view));
  }
  return joinLines(lines);
}

function ruleLines(rule: ListedRule, number: string, view: View): string[] {
  const { name, then, when, describes } = rule;
  const lines = [`${number}  ${paintOf(then, view)(then.padEnd(5))}  ${view.bold(name)}`];
  const indent = " ".repeat(number.length + 2);
  const add = (label: string, text: string) =>
    lines.push(...labelled(indent + label, safeLine(text), view));
  if (when === null) add("", describes);
  else {
    add("when  ", when);
    if (describes !== name) add("why   ", describes);
    const may = accessText(rule.access);
    if (may !== "") add("may   ", may);
  }
  return lines;
}

/** Describes in one line what a rule lets a command do beyond reading; may be empty. */
function accessText({ network, read, write, env }: ListedRule["access"]): string {
  return [
    network ? "use the network" : "",
    write.length > 0 ? `write to ${write.join(", ")}` : "",
    read.length + env.length > 0 ? `read ${[...read, ...env].join(", ")}` : "",
  ].filter(Boolean).join("; ");
}

/** The colour of a verdict. */
export function paintOf(then: ListedRule["then"], view: View): Paint {
  return { allow: view.green, ask: view.yellow, deny: view.red }[then];
}

/** Renders the verdict on a move, then the verdict on each command that the move would start. */
export function renderAdmission(admission: Admission, view: View): string {
  const { then, rule, why, parts } = admission;
  const lines = [
    ...row("verdict", then, view, paintOf(then, view)),
    ...row("rule", rule, view),
    ...row("why", why, view),
  ];
  for (const part of parts) lines.push("", ...partLines(part, parts.length > 1, view));
  return joinLines(lines);
}

function partLines(part: PartVerdict, several: boolean, view: View): string[] {
  const { move, tokens, then, rule, why, access } = part;
  const label = PART_LABELS[part.part];
  const lines = [
    view.bold(label === "" ? `the move (${move.action})` : `${label}, judged as a run`),
  ];
  if (tokens && move.action === "run") {
    lines.push(...quoteBlock(move.command, view.columns, "columns"));
    const words = tokens.simple ? tokens.argv.map((word) => JSON.stringify(word)).join(" ") : "";
    lines.push(...row("simple", tokens.simple ? `yes: ${words}` : `no: ${tokens.why}`, view));
  }
  if (several) lines.push(...row(then, `rule ${rule}: ${why}`, view));
  const may = accessText(access);
  if (may !== "") lines.push(...row("may", may, view));
  return lines;
}

function row(name: string, text: string, view: View, paint?: Paint): string[] {
  return labelled(name.padEnd(9), safeLine(text), view, paint);
}
