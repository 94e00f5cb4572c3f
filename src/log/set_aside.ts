import { oneLine } from "../profile/journal.ts";
import type { Intent, Outcome } from "../schema/decision.ts";
import { sha256Hex } from "../schema/json.ts";
import { effectOf } from "../schema/move.ts";
import { type Baseline, isCurrent, type SetAside, type State } from "../schema/state.ts";
import { cut } from "../schema/text.ts";

/** How many moves are remembered: the latest. */
const MAX_MOVES = 20;
/** Of each text, in characters. */
const MAX_TEXT = 300;

/**
 * Updates the moves that are set aside after a move: one that was denied or that failed is remembered with its reason, for
 * as long as the change lasts; one that succeeded, or whose change is over, is forgotten.
 *
 * @param before the state before the move
 * @param config SHA-256 of the config
 * @param mask hides secrets: the state is committed
 */
export async function setAsideAfter(
  before: State,
  intent: Intent,
  { status, summary }: Outcome,
  { config, mask }: { config: string; mask: (text: string) => string },
): Promise<SetAside[]> {
  const { run_id, move, baseline, world, tainted } = intent;
  const effect = await sha256Hex(effectOf(move));
  const digests = baseline && digestsOf(baseline);
  const others = before.set_aside.filter((one) =>
    one.effect !== effect && (digests === null || isCurrent(one, digests, config))
  );
  if (status !== "denied" && status !== "failed") return others;
  const earlier = before.set_aside.find((one) => one.effect === effect);
  // A rule tries again after the rest of its change has been decided.
  const lasts = earlier && digests !== null && isCurrent(earlier, digests, config);
  const text = (text: string) => cut(oneLine(mask(text)), MAX_TEXT);
  const tried: SetAside = {
    ...{ run_id, effect, tainted, world, config },
    what: text(`${move.action}: ${move.journal}`),
    why: text(summary),
    denied: status === "denied",
    tries: (earlier?.tries ?? 0) + 1,
    change: lasts ? earlier.change : changeOf(before.baseline, baseline),
  };
  return [...others, tried].slice(-MAX_MOVES);
}

function digestsOf(baseline: Baseline): Record<string, string> {
  return Object.fromEntries(Object.entries(baseline).map(([key, { sha256 }]) => [key, sha256]));
}

/** The change that a move was decided on; all of the world if nothing had changed. */
function changeOf(before: Baseline | null, decided: Baseline | null): SetAside["change"] {
  const [was, is] = [digestsOf(before ?? {}), digestsOf(decided ?? before ?? {})];
  const change: SetAside["change"] = {};
  for (const key of new Set([...Object.keys(was), ...Object.keys(is)])) {
    if (was[key] !== is[key]) change[key] = is[key] ?? null;
  }
  return Object.keys(change).length > 0 ? change : is;
}
