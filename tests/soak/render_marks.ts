import type { Mark } from "./mark.ts";

/** A table of what was measured, a line for each mark. */
export function renderMarks(marks: Mark[]): string {
  const rows = marks.map((mark) => {
    const fds = Object.entries(mark.fds);
    return [
      String(mark.tick),
      mark.msPerTick.toFixed(0),
      `${mark.rssMiB.toFixed(1)}–${mark.peakMiB.toFixed(1)}`,
      String(sum(mark.fds)),
      fds.map(([kind, count]) => `${kind} ${count}`).join(" "),
      ...[mark.threads, mark.watches, mark.zombies.length].map(String),
      ...[mark.processes.length, mark.temporaries.length].map(String),
    ];
  });
  const head = ["tick", "ms/tick", "RSS MiB", "fds", "of which", "threads"];
  const table = [[...head, "watches", "zombies", "processes", "temporary files"], ...rows];
  const widths = table[0].map((_, at) => Math.max(...table.map((row) => row[at].length)));
  return table.map((row) => row.map((cell, at) => cell.padStart(widths[at])).join("  ")).join("\n");
}

/** How many there are of all kinds. */
export function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
