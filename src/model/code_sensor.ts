import type { JsonObject } from "./json.ts";

/**
 * A sensor written as a function of the program that uses the library, in place of an executable in
 * `sensors/`. What it returns is held to the same contract: one JSON object, in which `signal` (where there
 * is one) is what may wake the loop; the same cap on its size, and the same deadline (60 s, or
 * `LOOOP_SENSOR_TIMEOUT`), after which its result is no longer waited for, though a function cannot be
 * stopped. What it throws becomes a failed reading. It counts as trusted.
 */
export type CodeSensor = () => JsonObject | Promise<JsonObject>;
