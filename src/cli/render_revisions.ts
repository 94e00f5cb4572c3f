import type { Revision } from "../profile/file_history.ts";
import { dateTime } from "./format_time.ts";
import { type Cell, renderTable } from "./render_table.ts";
import { safeLine } from "./safe_text.ts";
import type { View } from "./view.ts";

/** Shows the revisions of a file as a table, one line each; nothing where there are none. */
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
