import { messageOf, UserError } from "../model/user_error.ts";
import { safeText } from "./safe_text.ts";

/** Tells a person what went wrong: what they can mend in a few words, a bug of looop with its stack. */
export function describeError(error: unknown): string {
  if (error instanceof UserError || fromSystem(error)) {
    return `looop: ${safeText(messageOf(error))}\n`;
  }
  const stack = error instanceof Error ? error.stack ?? error.message : String(error);
  return `looop: ${safeText(stack)}\n` +
    `looop: this is a bug in looop: please report the lines above, and what "looop version" prints\n`;
}

/** Whether the operating system, or the scope that Deno runs in, refused something (`EACCES`, `ENOSPC`, …). */
function fromSystem(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name === "NotCapable") return true;
    if ("code" in at && typeof at.code === "string" && /^E[A-Z0-9]+$/.test(at.code)) return true;
  }
  return false;
}
