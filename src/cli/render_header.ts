import { safeLine } from "./safe_text.ts";
import type { View } from "./view.ts";
import { hangText } from "./wrap_text.ts";

/** What a pulse tells of itself when it starts. */
export interface Header {
  version: string;
  dataDir: string;
  configPath: string;
  configThere: boolean;
  /** The runner's name, or why there is none. */
  runner: { name: string } | { why: string };
  /** Seconds between ticks. */
  intervalS: number;
}

/** Tells what is running, on which files, and how it is stopped. */
export function renderHeader(header: Header, view: View): string {
  const { version, dataDir, configPath, configThere, runner, intervalS } = header;
  const rows = [
    ["looop", `${version}, a look every ${intervalS} s; Ctrl-C stops it`],
    ["data", dataDir],
    ["config", configThere ? configPath : `${configPath} (not there, so the defaults hold)`],
    [
      "runner",
      "name" in runner ? runner.name : `none, so only the goals' own rules decide: ${runner.why}`,
    ],
  ];
  return rows.flatMap(([name, text]) => {
    const label = name.padEnd(8);
    const [first, ...rest] = hangText(label, safeLine(text), view.columns);
    return [view.bold(label) + first.slice(label.length), ...rest];
  }).map((line) => `${line}\n`).join("");
}
