import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import type { TempProfile } from "../support/temp_profile.ts";
import { strange } from "./stage.ts";
import { traced } from "./traced.ts";

const LOOP = fromFileUrl(new URL("reading_loop.ts", import.meta.url));

/** Runs commands in a profile under strace: what became of them, and what was executed besides looop's machinery. */
export async function readAll(
  profile: TempProfile,
  commands: string[],
  PATH = profile.environment.PATH,
): Promise<{ outcomes: (number | string)[]; executed: string[][] }> {
  const { root, paths, configPath, environment } = profile;
  await Deno.writeTextFile(join(root, "commands.json"), JSON.stringify(commands));
  const env = {
    ...environment,
    ...{ PATH, LOOOP_DATA_DIR: paths.dataDir, LOOOP_CONFIG: configPath },
    DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
    DENO_NO_UPDATE_CHECK: "1",
  };
  const ran = await traced([Deno.execPath(), "run", "-A", LOOP], { env, cwd: root });
  assertEquals(ran.code, 0, ran.stderr);
  const outcomes: (number | string)[] = JSON.parse(
    (await Deno.readTextFile(join(root, "outcomes.json"))).replaceAll(root, "ROOT"),
  );
  return { outcomes, executed: strange(ran.executed, paths.dataDir) };
}
