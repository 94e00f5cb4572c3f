import { presets } from "../../../src/decide/runners/presets.ts";
import type { Runner } from "../../../src/decide/runners/runner.ts";
import { bytesSent, MOST_BYTES } from "../../e2e/runners/bytes_sent.ts";
import { installRunners } from "../../e2e/runners/install_runners.ts";
import type { Figure, Row } from "../row.ts";

/** What the real runner programs send to the model beyond the prompt. */
export const bytes: Row = {
  name: "bytes",
  undisturbed: true,
  prepare: () => installRunners((line) => console.error(`bytes: ${line}`)),
  measure: () => Promise.all([...presets.values()].map(beyondPrompt)),
};

async function beyondPrompt(runner: Runner): Promise<Figure> {
  const { byDefault, lean } = await bytesSent(runner);
  const percent = 100 * lean / byDefault;
  const most = MOST_BYTES[runner.name];
  const what = `bytes of ${runner.name} beyond the prompt`;
  const row = (value: number) => ({ min: value, median: value, max: value });
  return "share" in most
    ? {
      ...{ what, floor: "what it sends by default", unit: "%", limit: most.share * 100 },
      ...row(percent),
      note: `${lean} B of ${byDefault}`,
    }
    : {
      ...{ what, floor: "", unit: "B", limit: most.bytes, ...row(lean) },
      note: `${percent.toFixed(1)} % of ${byDefault} by default`,
    };
}
