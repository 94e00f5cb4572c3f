import { dirname, join } from "@std/path";
import { ensureFolder } from "../host/ensure_folder.ts";
import type { Environment } from "../host/env.ts";
import { readBytes } from "../host/read_bytes.ts";
import { replaceFile } from "../host/replace_file.ts";
import { whatIsAt } from "../host/what_is_at.ts";
import type { Profile } from "../profile/profile.ts";
import type { AgentState } from "./agents/agent.ts";

/**
 * Gives an agent's program folders of its own below `folder`, with copies of what it needs; what is not there is not
 * copied.
 *
 * @returns the environment variables that lead it there.
 * @throws {UserError} where something cannot be read.
 */
export async function copyState(
  { env }: Profile,
  folder: string,
  states: AgentState[],
): Promise<Environment> {
  const variables: Environment = {};
  for (const state of states) {
    const home = env("HOME") ?? "/";
    const given = env(state.variable);
    const from = given ?? join(home, state.folder);
    const to = join(folder, "home", state.folder);
    ensureFolder(to);
    for (const file of state.files) await copy(join(from, file), join(to, file));
    // Last: in place of what an unset variable leaves where nobody looks for it.
    for (const file of given === undefined ? state.besides ?? [] : []) {
      await copy(join(home, file), join(to, file));
    }
    variables[state.variable] = to;
  }
  return variables;
}

async function copy(from: string, to: string): Promise<void> {
  if (whatIsAt(from) !== "file") return;
  ensureFolder(dirname(to));
  await replaceFile(to, readBytes(from), { durable: false });
}
