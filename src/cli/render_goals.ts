import type { GoalSummary } from "../list_goals.ts";
import { renderTable } from "./render_table.ts";
import type { Cell } from "./render_table.ts";
import { safeLine } from "./safe_text.ts";
import type { View } from "./view.ts";

/** Shows goals as a table, one line each. */
export function renderGoals(goals: GoalSummary[], view: View): string {
  if (goals.length === 0) return "no goals: looop goal write ID begins one\n";
  const rows = goals.map((goal): Cell[] => [
    [goal.id, view.bold],
    [goal.error === null ? `${goal.priority}` : ""],
    [goal.error === null && goal.rules > 0 ? `${goal.rules}` : ""],
    noteOf(goal, view),
  ]);
  return renderTable(["ID", "PRIORITY", "RULES", "GOAL"], rows, view);
}

function noteOf({ goal, error, untrusted, archived }: GoalSummary, view: View): Cell {
  if (error !== null) return [safeLine(`broken: ${error}`), view.red];
  const marks = [archived ? "archived" : "", untrusted ? "untrusted" : ""].filter(Boolean);
  const mark = marks.length > 0 ? `(${marks.join(", ")}) ` : "";
  return [safeLine(mark + goal), untrusted ? view.yellow : archived ? view.dim : undefined];
}
