import type { Finding, Level } from "../doctor/finding.ts";
import { safeLine } from "./safe_text.ts";
import type { Paint, View } from "./view.ts";
import { hangText } from "./wrap_text.ts";

const WIDTH = 6;

/** Shows one finding: its level, what was found, and below it what to do. */
export function renderFinding({ check, level, found, fix }: Finding, view: View): string {
  const label = level.padEnd(WIDTH);
  const [first, ...rest] = hangText(label, safeLine(`${check}: ${found}`), view.columns);
  const lines = [paintOf(level, view)(level) + first.slice(level.length), ...rest];
  if (fix !== null) {
    const [line, ...more] = hangText(`${" ".repeat(WIDTH)}fix: `, safeLine(fix), view.columns);
    lines.push(view.bold(line), ...more.map(view.bold));
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** Sums findings up in a line, such as `23 ok, 2 warn, 1 fail`. */
export function renderFindings(findings: Finding[], view: View): string {
  const counts = (["ok", "warn", "fail"] as const).map((level) => ({
    level,
    count: findings.filter((one) => one.level === level).length,
  }));
  const parts = counts.map(({ level, count }) => {
    const text = `${count} ${level}`;
    return count === 0 ? text : paintOf(level, view)(text);
  });
  return `\n${parts.join(", ")}\n`;
}

function paintOf(level: Level, view: View): Paint {
  return { ok: view.green, warn: view.yellow, fail: view.red }[level];
}
