import { canonicalJson } from "../model/canonical.ts";
import { cut } from "../model/cut.ts";
import { isJsonObject, type Json } from "../model/json.ts";

/** The most characters of one old or new value. */
const MAX_VALUE = 200;

/**
 * Names each place where two JSON values differ: `ci.status: "green" → "red"`, `open[3]: added {…}`.
 * Objects are compared key by key, arrays place by place.
 */
export function describeJsonChange(was: Json, now: Json, path = ""): string[] {
  if (isJsonObject(was) && isJsonObject(now)) {
    const keys = [...new Set([...Object.keys(was), ...Object.keys(now)])].sort();
    return keys.flatMap((key) =>
      describePlace(own(was, key), own(now, key), path === "" ? key : `${path}.${key}`)
    );
  }
  if (Array.isArray(was) && Array.isArray(now)) {
    const length = Math.max(was.length, now.length);
    return Array.from({ length }, (_, i) => describePlace(was[i], now[i], `${path}[${i}]`)).flat();
  }
  if (canonicalJson(was) === canonicalJson(now)) return [];
  return [`${path === "" ? "value" : path}: ${show(was)} → ${show(now)}`];
}

function describePlace(was: Json | undefined, now: Json | undefined, path: string): string[] {
  if (was === undefined && now === undefined) return [];
  if (was === undefined) return [`${path}: added ${show(now as Json)}`];
  if (now === undefined) return [`${path}: removed, was ${show(was)}`];
  return describeJsonChange(was, now, path);
}

function own(value: { [key: string]: Json }, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function show(value: Json): string {
  return cut(canonicalJson(value), MAX_VALUE);
}
