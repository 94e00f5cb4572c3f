/**
 * Copies a program by a process of its own, so that it can be executed at once: a program that a test elsewhere starts just then
 * inherits what this process has open, and a file that is open for writing cannot be executed.
 */
export async function copyProgram(from: string, to: string): Promise<void> {
  const { success } = await new Deno.Command("cp", { args: [from, to] }).output();
  if (!success) throw new Error(`cannot copy ${from} to ${to}`);
}
