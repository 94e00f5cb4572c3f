import { join } from "@std/path";
import { listDir } from "../../src/os/dirs.ts";
import type { TempProfile } from "../support/temp_profile.ts";

/** Makes a bash script the person's editor, with an argument of its own and a space in its path; `$1` is the file. */
export async function useEditor(profile: TempProfile, script: string): Promise<void> {
  const path = join(profile.root, "my editor");
  await Deno.writeTextFile(path, `#!/bin/bash\nset -eu\nshift\n${script}\n`, { mode: 0o700 });
  (profile.environment as Record<string, string>).EDITOR = `'${path}' --wait`;
}

/** The files that are kept of what was typed: path → text. */
export async function drafts({ paths }: TempProfile): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { name } of listDir(paths.edits)) {
    for (const file of listDir(join(paths.edits, name))) {
      const path = join(paths.edits, name, file.name);
      found[path] = await Deno.readTextFile(path);
    }
  }
  return found;
}
