import { presets, type Runner } from "../../../src/decide/runners/runner.ts";
import { bytesByDefault, bytesSent, MOST_BYTES } from "../../e2e/runners/bytes_sent.ts";
import { installRunners } from "../../e2e/runners/install_runners.ts";
import type { Figure, Row } from "../row.ts";

/** What the real runner programs send to the model beyond the prompt. */
export const bytes: Row = {
  name: "bytes",
  undisturbed: true,
  prepare: () => installRunners((line) => console.error(`bytes: ${line}`)),
  measure: ({ quick }) =>
    Promise.all([...presets.values()].map(async (runner) => {
      const most = MOST_BYTES[runner.name];
      return "share" in most
        ? await shareOfDefault(runner, most.share)
        : await inBytes(runner, most.bytes, quick);
    })),
};

async function shareOfDefault(runner: Runner, limit: number): Promise<Figure> {
  const [lean, byDefault] = [await bytesSent(runner), await bytesByDefault(runner)];
  const percent = 100 * lean / byDefault;
  return {
    ...{ what: named(runner), floor: "what it sends by default", unit: "%", limit: limit * 100 },
    ...{ min: percent, median: percent, max: percent, note: `${lean} B of ${byDefault}` },
  };
}

/** The default is beside it: to ask for it takes opencode seconds. */
async function inBytes(runner: Runner, limit: number, quick: boolean): Promise<Figure> {
  const lean = await bytesSent(runner);
  return {
    ...{ what: named(runner), floor: "", unit: "B", limit, min: lean, median: lean, max: lean },
    note: quick
      ? "its default only without --quick"
      : `of ${await bytesByDefault(runner)} by default`,
  };
}

function named({ name }: Runner): string {
  return `bytes of ${name} beyond the prompt`;
}
