import { assertEquals } from "@std/assert";

/**
 * Does the same with several programs at once, since much of it is waiting, to the end of the last.
 *
 * @throws {Error} with what failed for each
 */
export async function eachProgram<T>(
  programs: Iterable<readonly [name: string, program: T]>,
  one: (program: T) => Promise<void>,
): Promise<void> {
  const failed: string[] = [];
  await Promise.all(Array.from(programs, ([name, program]) =>
    one(program).catch((error) => {
      failed.push(`${name}: ${error.stack}\n${error.cause ?? ""}`);
    })));
  assertEquals(failed, []);
}
