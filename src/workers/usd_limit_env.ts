import type { Environment } from "../host/env.ts";
import { plainUsd } from "../model/usd.ts";

/** How a program is told the US dollars that it may cost; what looop itself was told is not passed on. */
export function usdLimitEnv(usdLimit: number | undefined): Environment {
  return { LOOOP_USD_LIMIT: usdLimit === undefined ? "" : plainUsd(usdLimit) };
}
