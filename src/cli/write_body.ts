import { messageOf, UserError } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { writeText } from "../write_text.ts";
import type { CommandContext } from "./command.ts";
import { type Body, type BodySource, readBody } from "./read_body.ts";

/**
 * Writes a file of the person's from stdin, a file or their editor, and tells them so. What they typed and looop
 * cannot take is kept in a file, which the error names.
 *
 * @returns the new text; `null` where nothing was written, since nothing is changed by it.
 */
export async function writeBody(
  profile: Profile,
  source: BodySource,
  { terminal, signal }: Pick<CommandContext, "terminal" | "signal">,
): Promise<string | null> {
  const { kind, path } = source;
  const body = await readBody(profile, source, { terminal, signal });
  if (body === null) {
    terminal.out(`you changed nothing: ${path} is left as it is\n`);
    return null;
  }
  try {
    const done = await writeText(profile, { kind, path, body: body.text, base: body.base, signal });
    await body.drop();
    terminal.out(
      {
        new: `wrote ${path}, a new file\n`,
        replaced: `wrote ${path}\n`,
        unchanged: `${path} holds that text already\n`,
      }[done],
    );
    return done === "unchanged" ? null : body.text;
  } catch (error) {
    const kept = await keptBy(body);
    if (kept === null) throw error;
    if (signal.aborted) terminal.err(`looop: ${path} is not written; ${kept}\n`);
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${messageOf(error)}\n${kept}`, { cause: error });
  }
}

async function keptBy(body: Body): Promise<string | null> {
  try {
    const path = await body.keep();
    return path && `what you typed is in ${path}: mend it there, and give that file`;
  } catch {
    // Why it could not be written matters more, and most likely is the reason here, too.
    return null;
  }
}
