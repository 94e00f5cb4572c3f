import { canonicalJson } from "./canonical.ts";
import { cut } from "./cut.ts";
import type { Json } from "./json.ts";
import { sha256Hex } from "./sha256.ts";
import type { Baseline, BaselineEntry } from "./state.ts";
import type { Wakes } from "./world.ts";

/** How many characters of each old value the baseline keeps, for telling what changed. */
const MAX_WAS = 2000;

/**
 * Makes the baseline that stands for a decided world.
 *
 * @param untrusted keys of what strangers could have written
 */
export async function baselineOf(
  wakes: Wakes,
  untrusted: ReadonlySet<string> = new Set(),
): Promise<Baseline> {
  const baseline: Baseline = {};
  for (const key of Object.keys(wakes).sort()) {
    baseline[key] = await entryOf(wakes[key], untrusted.has(key));
  }
  return baseline;
}

/** Makes the baseline's entry for one value; texts are kept as they are, all else as canonical JSON. */
export async function entryOf(value: Json, untrusted = false): Promise<BaselineEntry> {
  const json = canonicalJson(value);
  return {
    sha256: await sha256Hex(json),
    was: cut(typeof value === "string" ? value : json, MAX_WAS),
    ...(untrusted ? { untrusted } : {}),
  };
}
