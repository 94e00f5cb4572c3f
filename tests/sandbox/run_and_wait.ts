import { runCommand } from "../../src/act/act.ts";
import { openProfile } from "../../src/profile/profile.ts";
import { NO_ACCESS } from "../../src/schema/config.ts";

/** Runs a command in the sandbox of a data directory, until it is killed. */

const [dataDir, command] = Deno.args;
const profile = await openProfile({ dataDir, configPath: `${dataDir}/none.json` });
profile.config = { ...profile.config, sandbox: "bwrap" };
await runCommand(profile, command, { argv: null, access: NO_ACCESS });
