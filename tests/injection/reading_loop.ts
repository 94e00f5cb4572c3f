import { checkReadOnly, tokenizeCommand } from "../../src/admit/shell_command.ts";
import { openProfile } from "../../src/profile/profile.ts";
import { messageOf } from "../../src/schema/errors.ts";
import { runAs } from "../support/run_as.ts";

/**
 * Runs the commands in `commands.json` as an allowed `run` does, if they are on the read-only list. `outcomes.json` gets
 * what became of each: its exit status, why it was refused when it started, or `asked`.
 */

if (import.meta.main) await main();

async function main() {
  const commands: string[] = JSON.parse(await Deno.readTextFile("commands.json"));
  const profile = await openProfile({ warn: (text) => console.error(text) });
  const outcomes: (number | string)[] = [];
  for (const command of commands) {
    const tokens = tokenizeCommand(command);
    const check = tokens.simple && checkReadOnly(tokens.argv, profile.paths.dataDir);
    if (!check || !check.readOnly) {
      outcomes.push("asked");
      continue;
    }
    const { argv, dir: cwd, files: reads } = check.plan;
    const outcome = await runAs(profile, argv, { cwd, reads }).catch(messageOf);
    outcomes.push(typeof outcome === "string" ? outcome : outcome.exit_code ?? outcome.summary);
  }
  await Deno.writeTextFile("outcomes.json", JSON.stringify(outcomes));
}
