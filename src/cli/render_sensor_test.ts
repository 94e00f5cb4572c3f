import type { JsonObject } from "../model/json.ts";
import type { SensorHeader } from "../sense/read_header.ts";
import type { SensorTest } from "../sense/test_sensor.ts";
import { quoteBlock } from "./quote_block.ts";
import { safeLine } from "./safe_text.ts";
import type { View } from "./view.ts";
import { hangText } from "./wrap_text.ts";

/** Shows what running a sensor once gave: what a tick would see, and what it took. */
export function renderSensorTest(test: SensorTest, view: View): string {
  const { reading, limits, header, missing, permissions } = test;
  const { result, ms, bytes, trusted, file } = reading;
  const lines: string[] = [];
  const row = (name: string, text: string, paint = (text: string) => text) => {
    const label = name.padEnd(9);
    const [first, ...rest] = hangText(label, safeLine(text), view.columns);
    lines.push(view.dim(label) + paint(first.slice(label.length)), ...rest.map(paint));
  };
  row("sensor", `sensors/${file}, ${trusted ? "trusted" : "untrusted: strangers can write to it"}`);
  row("reading", result.ok ? "ok" : `failing: ${result.error}`, result.ok ? view.green : view.red);
  row("took", `${count(ms)} ms of ${limits.timeoutMs / 1000} s`);
  row("printed", `${count(bytes)} of ${count(limits.maxBytes)} bytes`);
  row("signal", signalText(test));
  row("wakes", wakes(test));
  if (header) {
    row("runs", header.interval === 0 ? "on every tick" : `every ${header.interval} s at most`);
    if (header.env.length > 0) row("gets", header.env.join(", "));
    if (missing.length > 0) row("not set", missing.join(", "), view.yellow);
  }
  if (header && permissions) {
    row("may", list(granted(header)));
    row("used", list(permissions.used));
    row(
      "refused",
      list(permissions.refused),
      permissions.refused.length > 0 ? view.red : undefined,
    );
  }
  if (result.ok) {
    lines.push("", ...quoteBlock(JSON.stringify(result.value, null, 2), view.columns, "columns"));
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** The same for programs. */
export function sensorTestJson(test: SensorTest): JsonObject {
  const { reading: { name, file, trusted, ms, bytes, result }, limits, header, permissions } = test;
  return {
    ...{ name, file, trusted, ok: result.ok, error: result.ok ? null : result.error },
    value: result.ok ? result.value : null,
    ...{ signal: test.signal, compared: test.compared, ms, bytes },
    ...{ timeout_s: limits.timeoutMs / 1000, max_bytes: limits.maxBytes },
    interval_s: header?.interval ?? null,
    env: header?.env ?? null,
    env_missing: test.missing,
    permissions: header && permissions && {
      granted: granted(header),
      used: permissions.used,
      refused: permissions.refused,
    },
  };
}

function wakes({ compared, reading }: SensorTest): string {
  switch (compared) {
    case "same":
      return "no: the last tick saw the same signal";
    case "changed":
      return reading.result.ok
        ? "yes: the last tick saw another signal"
        : "yes: at the last tick it did not fail";
    case "new":
      return "yes: no tick has seen this sensor yet";
  }
}

function signalText({ reading: { result }, signal }: SensorTest): string {
  const own = !result.ok || Object.hasOwn(result.value, "signal");
  return own ? JSON.stringify(signal) : "all of the reading";
}

function count(value: number): string {
  return value.toLocaleString("en");
}

function granted({ allow, env }: SensorHeader): string[] {
  const kinds = { ...allow, env };
  return Object.entries(kinds).flatMap(([kind, names]) => names.map((name) => `${kind} ${name}`));
}

function list(items: string[]): string {
  return items.length === 0 ? "nothing" : items.join(", ");
}
