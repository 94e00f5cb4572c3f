import { basename } from "@std/path";
import { fileSize, readFrom } from "../host/read_from.ts";
import { readLines } from "../host/read_lines.ts";
import { isJsonObject } from "../model/json.ts";
import { ledgerLineSchema } from "../model/ledger_line.ts";
import { messageOf } from "../model/user_error.ts";
import type { Check } from "./check.ts";
import { type Finding, fromMessage, ok, warn } from "./finding.ts";

/** Looks for lines of the journal, the ledger and the events that a crash has torn. */
export const checkRecords: Check = {
  name: "records",
  needsProfile: true,
  async run({ profile: { paths } }) {
    const files: [string, (line: string) => boolean, string][] = [
      [paths.journal, isJournalLine, "looop only shows it"],
      [paths.ledger, isLedgerLine, "each counts as a cost that nobody knows"],
      [paths.events, isEvent, "nothing reads them"],
    ];
    const looks = files.map(([path, isWhole, meaning]) =>
      look(path, isWhole, meaning)
        .catch((error) => [fromMessage("fail", "records", messageOf(error))])
    );
    const findings = (await Promise.all(looks)).flat();
    return findings.length > 0 ? findings : [ok("records", "journal, ledger and events are whole")];
  },
};

async function look(
  path: string,
  isWhole: (line: string) => boolean,
  meaning: string,
): Promise<Finding[]> {
  const broken: number[] = [];
  let number = 0;
  for await (const lines of readLines(path)) {
    for (const line of lines) {
      number++;
      if (line.trim() !== "" && !isWhole(line)) broken.push(number);
    }
  }
  const size = fileSize(path);
  const torn = size > 0 && await readFrom(path, size - 1) !== "\n";
  const name = basename(path);
  if (broken.length === 0) {
    const found = `the last line of ${name} has no end; the next write ends it`;
    return torn ? [warn("records", found, `echo >> ${path}`)] : [];
  }
  const which = broken.length === 1
    ? `line ${broken[0]} of ${name} is`
    : `${broken.length} lines of ${name} are`;
  const found = `${which} torn, or edited by hand: ${meaning}`;
  return [warn("records", found, `edit line ${broken[0]} of ${path}`)];
}

/** People may write into the journal whatever they like; a power cut leaves zeros. */
function isJournalLine(line: string): boolean {
  if (line.includes("\0")) return false;
  return !/^- \d/.test(line) || /^- \d{4}-\d\d-\d\d \d\d:\d\d /.test(line);
}

function isLedgerLine(line: string): boolean {
  return ledgerLineSchema.safeParse(parseJson(line)).success;
}

function isEvent(line: string): boolean {
  const event = parseJson(line);
  return isJsonObject(event as never) && "event" in (event as object);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // torn
  }
}
