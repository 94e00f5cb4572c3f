import { dirname } from "@std/path";
import { ensureFolder } from "../host/ensure_folder.ts";
import { readTextIfThere } from "../host/read_text.ts";
import { replaceFile } from "../host/replace_file.ts";
import { selfCommand } from "../host/self_command.ts";
import type { Profile } from "../profile/profile.ts";

/** Writes `.looop/bin/looop`, which starts this very looop again, on this profile, for all who are its children. */
export async function writeShim({ paths, configPath }: Profile): Promise<void> {
  const { argv, env } = await selfCommand();
  const exported = { ...env, LOOOP_DATA_DIR: paths.dataDir, LOOOP_CONFIG: configPath };
  const lines = [
    "#!/bin/sh",
    "# Starts the looop that wrote this, on the profile that it wrote it for.",
    ...Object.entries(exported).map(([name, value]) => `export ${name}=${quote(value)}`),
    `exec ${argv.map(quote).join(" ")} "$@"`,
  ];
  const text = lines.join("\n") + "\n";
  if (await readTextIfThere(paths.shim) === text) return;
  ensureFolder(dirname(paths.shim));
  await replaceFile(paths.shim, text, { mode: 0o700 });
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
