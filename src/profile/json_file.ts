import { readTextIfPresent } from "../os/read.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { withoutBom } from "../schema/json.ts";
import { describeIssues, type Schema } from "../schema/schema.ts";

/**
 * Reads a JSON file of the data directory and validates it; returns `null` if there is none.
 *
 * @throws {UserError} with the file, what is wrong with it, and the remedy.
 */
export async function parseFile<T>(
  path: string,
  schema: Schema<T>,
  remedy: string,
): Promise<T | null> {
  const text = await readTextIfPresent(path);
  if (text === null) return null;
  let data: unknown;
  try {
    data = JSON.parse(withoutBom(text));
  } catch (error) {
    throw new UserError(`${path} is not valid JSON: ${messageOf(error)}\n${remedy}`, {
      cause: error,
    });
  }
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new UserError(
    `cannot use ${path}:\n${describeIssues(schema, data)}\n${remedy}`,
  );
}
