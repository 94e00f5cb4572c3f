import { canonicalJson } from "../model/canonical.ts";
import type { CodeSensor } from "../model/code_sensor.ts";
import { maskJson } from "../model/mask_json.ts";
import type { Reading } from "../model/reading.ts";
import { messageOf } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { cleanText } from "./clean_text.ts";
import { parseOutput } from "./parse_output.ts";
import type { SensorLimits } from "./read_limits.ts";

/** Calls one sensor in code; its reading is masked. Never throws for what the function does. */
export async function runCodeSensor(
  { clock, mask }: Profile,
  name: string,
  sensor: CodeSensor,
  { timeoutMs, maxBytes }: SensorLimits,
  signal?: AbortSignal,
): Promise<Reading> {
  const started = clock.now();
  const reading = { name, file: "", at: started.toISOString(), trusted: true, script: "" };
  const over = new AbortController();
  const stop = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
  const settle = (result: Reading["result"], bytes: number): Reading => {
    const ms = Math.max(0, clock.now().getTime() - started.getTime());
    return { ...reading, ms, bytes, result: maskJson(mask, result) };
  };
  const fail = (error: string, bytes = 0) => settle({ ok: false, error }, bytes);
  try {
    const late = clock.sleep(timeoutMs, stop).then(() => LATE);
    const value = await Promise.race([Promise.resolve().then(sensor), late]);
    if (value === LATE) {
      return fail(`it ran longer than ${timeoutMs / 1000} s and is not waited for`);
    }
    const output = new TextEncoder().encode(canonicalJson(value));
    if (output.length > maxBytes) return fail(`it gave more than ${maxBytes} bytes`, maxBytes);
    return settle(parseOutput(output), output.length);
  } catch (error) {
    return fail(`it threw: ${cleanText(mask(messageOf(error)), 250)}`);
  } finally {
    over.abort();
  }
}

const LATE = Symbol("late");
