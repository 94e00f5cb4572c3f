import { extname } from "@std/path";
import { checkGoal } from "./decide/check_goal.ts";
import { MASKED } from "./model/mask.ts";
import { sha256Hex } from "./model/sha256.ts";
import { parseGoal } from "./profile/parse_goal.ts";
import { readHeader } from "./sense/read_header.ts";

/** What the loop would not understand, or misunderstand. */
const MAX_BODY = 1_000_000;

/** What kind of file a person writes. */
export type BodyKind = "goal" | "playbook" | "sensor";

/**
 * Finds what is wrong with a text that is to take a file's place: as moves are checked, and as a tick would read it.
 *
 * @param path relative to the data directory
 * @param before what the file holds; `null`: there is none
 * @returns what is wrong, and where, after the path; `null`: nothing.
 */
export async function bodyFault(
  kind: BodyKind,
  path: string,
  body: string,
  before: string | null,
): Promise<string | null> {
  const wrong = generalFault(body, before) ?? await faultOf(kind, path, body);
  // A goal's faults name the file themselves.
  return wrong === null || wrong.startsWith(`${path}: `) ? wrong : `${path}: ${wrong}`;
}

function generalFault(body: string, before: string | null): string | null {
  if (body.trim() === "") return "the text is empty";
  if (body.length > MAX_BODY) return `it has more than ${MAX_BODY} characters`;
  if (body.includes("\0")) return "it holds a NUL character, so it is no text";
  if (body.includes("\ufffd") && !before?.includes("\ufffd")) {
    return "it is not valid UTF-8, or holds U+FFFD, which stands for what is not";
  }
  const mark = MASKED.exec(body)?.[0];
  return mark !== undefined && !before?.includes(mark)
    ? `it holds ${mark}, by which looop hides a secret where it shows a text: write what belongs there`
    : null;
}

async function faultOf(kind: BodyKind, path: string, body: string): Promise<string | null> {
  if (kind === "playbook") return null;
  if (kind === "goal") {
    const id = path.replace(/^.*\/|\.md$/g, "");
    return await checkGoal(parseGoal(id, body, await sha256Hex(body)));
  }
  const ts = extname(path) === ".ts";
  if (!ts && !body.startsWith("#!")) {
    return "line 1: a sensor that is not .ts begins with a line such as #!/bin/sh";
  }
  const header = readHeader(body, ts ? "ts" : "any");
  return header.ok ? null : header.error;
}
