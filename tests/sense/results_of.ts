import type { Profile } from "../../src/profile/profile.ts";
import type { Reading } from "../../src/schema/world.ts";
import { sense, type SenseOptions } from "../../src/sense/sense.ts";

/** Senses once; what each sensor gave: its value, or the text of its error. */
export async function resultsOf(
  profile: Profile,
  options?: SenseOptions,
): Promise<Record<string, unknown>> {
  const { readings } = await sense(profile, options);
  return Object.fromEntries(readings.map(({ name, result }) => [name, shown(result)]));
}

function shown(result: Reading["result"]): unknown {
  return result.ok ? result.value : result.error;
}
