import type { State } from "../model/state.ts";

/** Failed decisions on one world after which the loop gives up on it. */
const MAX_FAILURES = 3;

/** Parks a state whose decisions keep failing on one world, until the world, the config or a human changes something. */
export function park(state: State, configDigest: string): State {
  const { failure, parked } = state;
  if (parked || !failure || failure.count < MAX_FAILURES) return state;
  const why = `${failure.count} decisions on the same world failed, the last one: ${failure.why}`;
  return {
    ...state,
    parked: { kind: "failures", why, world: failure.world, config: configDigest },
  };
}
