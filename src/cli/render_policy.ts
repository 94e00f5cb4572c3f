import type { ListedRule } from "../admit/list_policy.ts";
import { safeLine } from "./safe_text.ts";
import type { Paint, View } from "./view.ts";
import { hangText } from "./wrap_text.ts";

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
