import type { Process } from "../host/list_processes.ts";

/** Marks of the trees of which a process lives, as `killTree` knows them; one that is dead has no line. */
export function liveMarks(table: ReadonlyMap<number, Process>): Set<string> {
  const marks = new Set<string>();
  for (const { line } of table.values()) {
    for (const [, mark] of ` ${line}`.matchAll(/ LOOOP_(?:WRAPPER|GENERATION)=(\S+)/g)) {
      marks.add(mark);
    }
  }
  return marks;
}
