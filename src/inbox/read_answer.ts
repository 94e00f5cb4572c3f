import { type Ask, readConsent } from "../schema/ask.ts";
import { UserError } from "../schema/errors.ts";
import { cut } from "../schema/text.ts";

/** How much of a refused answer is repeated, in characters. */
const MAX_REPEATED = 80;

/**
 * Reads what the user said to an ask: a question without options takes any text, one with options takes one of them, and
 * an approval takes a plain yes or no. An answer that could mean something else than the user believes is refused.
 *
 * @param other accept an answer that is not one of the options
 * @returns the text to store: the option as it was offered, or `yes`, `no` or `no: REASON`
 * @throws {UserError} where the text is empty, or not an answer to this ask.
 */
export function readAnswer(
  { id, approval, options = [], hold }: Ask,
  text: string,
  { other = false }: { other?: boolean } = {},
): string {
  if (text.trim() === "") throw new UserError(`cannot answer ${id}: the answer is empty`);
  const consent = readConsent(text);
  const said = JSON.stringify(cut(text.trim(), MAX_REPEATED));
  if (approval) {
    if (consent !== null) return consent;
    throw new UserError(
      `cannot answer ${id}: it is an approval, and ${said} is neither yes nor no; ` +
        `run looop approve ${id}, or looop reject ${id} "reason"`,
    );
  }
  if (options.length === 0 || other) return text;
  // The question about a budget can be answered with yes or no, too.
  const chosen = hold && consent !== null
    ? options[consent === "yes" ? 0 : 1]
    : pickOption(options, text, consent);
  if (chosen !== undefined) return chosen;
  const list = options.map((option) => JSON.stringify(option)).join(", ");
  throw new UserError(
    `cannot answer ${id}: ${said} is not one of its options: ${list}; ` +
      `to give another answer, add --other`,
  );
}

/**
 * Finds the one option that an answer names: the same text in whatever case, else its first words, else the only option
 * with the same meaning, such as `allow` for `yes`.
 */
function pickOption(options: string[], text: string, consent: string | null): string | undefined {
  const plain = (option: string) => option.trim().replaceAll(/\s+/g, " ").toLowerCase();
  const said = plain(text);
  const same = options.find((option) => option === text) ??
    options.find((option) => plain(option) === said);
  if (same !== undefined) return same;
  const only = (found: string[]) => found.length === 1 ? found[0] : undefined;
  return only(options.filter((option) => isStartOf(said, plain(option)))) ??
    (consent === "yes" || consent === "no"
      ? only(options.filter((option) => readConsent(option) === consent))
      : undefined);
}

/** Whole words only: `no` is not the beginning of `not now`. */
function isStartOf(said: string, option: string): boolean {
  return option.startsWith(said) && /^[^\p{L}\p{N}]/u.test(option.slice(said.length));
}
