import type { Terminal } from "../../src/os/terminal.ts";

/** A terminal that keeps what is written to it. */
export interface MemoryTerminal extends Terminal {
  stdout: string;
  stderr: string;
  /** The lines that were shown to be written over. */
  statuses: string[];
}

/** Stands for a pipe, or with `columns` for a terminal of that width; `input` is what stdin holds. */
export function memoryTerminal(
  { columns = null, rows = null, input = "", colors = false }: {
    columns?: number | null;
    rows?: number | null;
    input?: string;
    colors?: boolean;
  } = {},
): MemoryTerminal {
  const terminal: MemoryTerminal = {
    stdout: "",
    stderr: "",
    statuses: [],
    out: (text) => void (terminal.stdout += text),
    bytes: (bytes) => void (terminal.stdout += new TextDecoder().decode(bytes)),
    err: (text) => void (terminal.stderr += text),
    status: (line) => void terminal.statuses.push(line),
    input: () => Promise.resolve(input),
    columns: () => columns,
    rows: () => rows,
    colors,
  };
  return terminal;
}
