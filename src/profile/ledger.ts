import { appendLine } from "../host/append_line.ts";
import { readLines } from "../host/read_lines.ts";
import { type LedgerLine, ledgerLineSchema } from "../model/ledger_line.ts";
import type { Profile } from "./profile.ts";

/** Appends a line to `cost.jsonl`; durable. Written when a call ends, whatever becomes of its answer. */
export async function appendLedger({ paths }: Profile, line: LedgerLine): Promise<void> {
  await appendLine(paths.ledger, JSON.stringify(line));
}

/** Reads the ledger line by line; what is no ledger line (torn by a crash, edited by hand) is counted. */
export async function* readLedger(
  { paths }: Profile,
  onBroken: (line: string) => void = () => undefined,
): AsyncGenerator<LedgerLine> {
  for await (const text of readLines(paths.ledger)) {
    const line = parseLine(text);
    if (line) yield line;
    else if (text.trim() !== "") onBroken(text);
  }
}

function parseLine(text: string): LedgerLine | null {
  try {
    const parsed = ledgerLineSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null; // not JSON: the caller counts it
  }
}
