import { patchOf } from "../../diff/describe.ts";
import type { SensorSummary } from "../../documents/sensors.ts";
import type { Terminal } from "../../os/terminal.ts";
import type { Revision } from "../../profile/history.ts";
import type { JsonObject } from "../../schema/json.ts";
import type { ScheduleSummary } from "../../schema/status.ts";
import { duration } from "../../schema/text.ts";
import type { SensorHeader } from "../../sense/header.ts";
import type { SensorTest } from "../../sense/test_sensor.ts";
import { quoteBlock, safeLine, safeText } from "./text.ts";
import {
  type Cell,
  dateTime,
  joinLines,
  labelled,
  type Paint,
  renderTable,
  thousands,
  type View,
} from "./view.ts";

/** Two states of a file; `null`: the file does not exist. */
export interface DiffOf {
  path: string;
  before: Uint8Array | null;
  after: Uint8Array | null;
  /** The names of the two states. */
  was: string;
  is: string;
}

/** Renders the difference as `diff -u` does, into a pipe as a valid patch; empty if there is none. */
export async function renderDiff(
  { path, before, after, was, is }: DiffOf,
  terminal: Terminal,
  view: View,
): Promise<string> {
  const [old, now] = [textOf(before), textOf(after)];
  if (old === now && (before === null) === (after === null)) return "";
  const from = before === null ? "/dev/null" : path;
  const to = after === null ? "/dev/null" : path;
  const patch = await patchOf({ from, to, before: old, after: now, was, is, headersOnly: true });
  if (terminal.columns() === null) return patch;
  const lines = safeText(patch).replace(/\n$/, "").split("\n");
  return joinLines(lines.map((line) => paint(line, view)));
}

function textOf(bytes: Uint8Array | null): string {
  return bytes === null ? "" : new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function paint(line: string, { bold, dim, red, green }: View): string {
  if (/^(---|\+\+\+) /.test(line)) return bold(line);
  if (line.startsWith("@@")) return dim(line);
  return line.startsWith("+") ? green(line) : line.startsWith("-") ? red(line) : line;
}

/** Renders the revisions of a file as a table, one line each; empty if there are none. */
export function renderRevisions(revisions: Revision[], view: View): string {
  if (revisions.length === 0) return "";
  const rows = revisions.map(({ rev, at, by, why }): Cell[] => [
    [rev, view.yellow],
    [dateTime(new Date(at))],
    [by],
    [safeLine(why)],
  ]);
  return renderTable(["REV", "WHEN", "BY", "WHY"], rows, view);
}

/** Renders schedules as a table, one line each. */
export function renderSchedules(schedules: ScheduleSummary[], view: View): string {
  if (schedules.length === 0) return "no schedules: looop schedule write NAME creates one\n";
  const rows = schedules.map((one): Cell[] => [
    [one.name, view.bold],
    [safeLine(one.timing)],
    one.due === null ? [one.next_local?.slice(0, 16) ?? ""] : ["due now", view.yellow],
    [one.do ?? ""],
    one.error === null
      ? [
        safeLine((one.untrusted ? "(untrusted) " : "") + one.note),
        one.untrusted ? view.yellow : undefined,
      ]
      : [safeLine(`invalid: ${one.error}`), view.red],
  ]);
  return renderTable(["NAME", "TIMES", "NEXT", "DO", "NOTE"], rows, view);
}

/** Renders sensors as a table, one line each. */
export function renderSensors(sensors: SensorSummary[], view: View, now: Date): string {
  if (sensors.length === 0) return "no sensors: looop sensor add lists the catalogue\n";
  const rows = sensors.map((sensor): Cell[] => [
    [sensor.file || sensor.name, view.bold],
    [sensor.at === null ? "" : duration(now.getTime() - Date.parse(sensor.at))],
    [everyText(sensor.interval_s)],
    [sensor.trusted || sensor.interval_s === null ? "" : "untrusted", view.yellow],
    readingOf(sensor, view),
  ]);
  return renderTable(["SENSOR", "AGE", "EVERY", "TRUST", "LAST READING"], rows, view);
}

function everyText(interval: number | null): string {
  if (interval === null) return "";
  return interval === 0 ? "tick" : duration(interval * 1000);
}

function readingOf({ ok, error }: SensorSummary, view: View): Cell {
  if (error !== null) return [safeLine(error), view.red];
  return ok === null ? ["none yet: the next tick runs it", view.dim] : ["ok", view.green];
}

/** Renders one run of a sensor: the reading as a tick would see it, its time and its size. */
export function renderSensorTest(test: SensorTest, view: View): string {
  const { reading, limits, header, missing, permissions } = test;
  const { result, ms, bytes, trusted, file } = reading;
  const lines: string[] = [];
  const row = (name: string, text: string, paint?: Paint) => {
    lines.push(...labelled(name.padEnd(9), safeLine(text), view, paint));
  };
  row("sensor", `sensors/${file}, ${trusted ? "trusted" : "untrusted"}`);
  row("reading", result.ok ? "ok" : `failing: ${result.error}`, result.ok ? view.green : view.red);
  row("took", `${thousands(ms)} ms of ${limits.timeoutMs / 1000} s`);
  row("printed", `${thousands(bytes)} of ${thousands(limits.maxBytes)} bytes`);
  row("signal", signalText(test));
  row("wakes", wakes(test));
  if (header) {
    row("runs", header.interval === 0 ? "on every tick" : `at most every ${header.interval} s`);
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
  return joinLines(lines);
}

/** The JSON of `looop sensor test --json`. */
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
  if (compared === "same") return "no: the signal is the same as at the last tick";
  if (compared === "new") return "yes: no tick has run this sensor yet";
  return reading.result.ok
    ? "yes: the signal differs from the last tick"
    : "yes: it did not fail at the last tick";
}

function signalText({ reading: { result }, signal }: SensorTest): string {
  const own = !result.ok || Object.hasOwn(result.value, "signal");
  return own ? JSON.stringify(signal) : "the whole reading";
}

function granted({ allow, env }: SensorHeader): string[] {
  const kinds = { ...allow, env };
  return Object.entries(kinds).flatMap(([kind, names]) => names.map((name) => `${kind} ${name}`));
}

function list(items: string[]): string {
  return items.length === 0 ? "none" : items.join(", ");
}
