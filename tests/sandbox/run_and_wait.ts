import { runAs } from "../support/run_as.ts";
import { openProfile } from "../../src/profile/profile.ts";

/** Runs a command in the sandbox of a data directory, until it is killed. */

const [dataDir, command] = Deno.args;
const profile = await openProfile({ dataDir, configPath: `${dataDir}/none.json` });
profile.config = { ...profile.config, sandbox: "bwrap" };
await runAs(profile, command);
