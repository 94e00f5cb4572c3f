import { relative } from "@std/path";
import type { Captured } from "./capture_output.ts";
import { cleanText } from "./clean_text.ts";
import { explainEnd } from "./explain_end.ts";
import type { SensorLimits } from "./read_limits.ts";

const GRANTABLE = ["net", "env", "read", "sys"];

/** Like {@linkcode explainEnd}, for Deno: names the permission that was missing, or the error without its stack. */
export function explainTsEnd(
  captured: Captured,
  limits: SensorLimits,
  dataDir: string,
): string | null {
  const problem = explainEnd(captured, limits);
  const { end, overflowed } = captured;
  if (problem === null || overflowed || end.ending !== "exited" || end.status !== 1) return problem;
  const denied = /Requires (\w+) access(?: to "([^"\n]*)")?/.exec(end.stderrTail);
  if (denied) return explainDenied(denied[1], denied[2] ?? "", dataDir);
  const said = /^error: (?:Uncaught )?(?:\(in promise\) )?(.+)$/m.exec(end.stderrTail)?.[1];
  return said === undefined ? problem : `it failed: ${cleanText(said, 200)}`;
}

function explainDenied(kind: string, what: string, dataDir: string): string {
  const shown = cleanText(what, 120);
  if (!GRANTABLE.includes(kind) || shown === "") {
    const access = shown === "" ? `all ${kind} access` : `${kind} access to "${shown}"`;
    return `it needs ${access}, which no .ts sensor can have: use a shell sensor`;
  }
  let value = shown.replace(/:(80|443)$/, "");
  if (kind === "read" && shown.startsWith(`${dataDir}/`)) value = relative(dataDir, shown);
  return `it needs allow-${kind}=${value} in its header`;
}
