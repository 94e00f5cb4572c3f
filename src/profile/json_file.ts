import { readTextIfPresent } from "../os/read.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { describeIssues, type Schema } from "../schema/schema.ts";

/**
 * Reads a JSON file of the data directory and checks it; `null` when there is none.
 *
 * @throws {UserError} naming the file, what is wrong with it, and `mend`: what to do about it.
 */
export async function parseFile<T>(
  path: string,
  schema: Schema<T>,
  mend: string,
): Promise<T | null> {
  const text = await readTextIfPresent(path);
  if (text === null) return null;
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path} is not valid JSON: ${messageOf(error)}\n${mend}`, {
      cause: error,
    });
  }
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new UserError(
    `${path} cannot be used:\n${describeIssues(schema, data)}\n${mend}`,
  );
}
