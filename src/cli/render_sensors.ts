import type { SensorSummary } from "../survey_sensors.ts";
import { duration } from "./format_time.ts";
import { type Cell, renderTable } from "./render_table.ts";
import { safeLine } from "./safe_text.ts";
import type { View } from "./view.ts";

/** Shows sensors as a table, one line each. */
export function renderSensors(sensors: SensorSummary[], view: View, now: Date): string {
  if (sensors.length === 0) return "no sensors: looop sensor add lists what there is to add\n";
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
