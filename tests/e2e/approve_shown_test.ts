import { assertEquals } from "@std/assert";
import { propose } from "../../src/documents/propose.ts";
import { listAsks } from "../../src/inbox/asks.ts";
import { denoDir, launcher } from "../support/looop.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { shellOn } from "./shell_on.ts";

const BASH = ["bash", "--norc", "--noprofile", "-i"];

/** A shell in which `looop` is this checkout, on this profile. */
async function shellOf(profile: TempProfile) {
  const shell = await shellOn({
    PATH: profile.environment.PATH ?? "",
    HOME: profile.root,
    LANG: "C.UTF-8",
    DENO_DIR: denoDir(),
    LOOOP_DENO: Deno.execPath(),
    LOOOP_DATA_DIR: profile.paths.dataDir,
    LOOOP_CONFIG: profile.configPath,
  }, BASH);
  const run = (args: string) => shell.run(`'${launcher}' ${args}; echo status=$?`);
  return { shell, run };
}

async function answered(profile: TempProfile): Promise<string[]> {
  return (await listAsks(profile)).asks.filter(({ answer }) => answer).map(({ id }) => id);
}

for (const args of ["approve --all-of setup", "approve", "answer yes"]) {
  Deno.test(`looop ${args} shows what it approves, and approves no proposal that came since`, async () => {
    await using profile = await tempProfile({ env: { PATH: Deno.env.get("PATH") ?? "" } });
    const proposes = (name: string) =>
      propose(profile, { what: "goal", name, body: `---\ngoal: ${name}\n---\n`, worker: "setup" });
    const first = await proposes("tea");
    const { shell, run } = await shellOf(profile);
    await using _ = shell;
    await run(args);
    await shell.seen(/goal: tea[^]*Your decision[^]*later[^]*approve/);
    await shell.type("Enter");
    await shell.seen(/(nothing was approved|stays open)\nstatus=1/);
    assertEquals(await answered(profile), []);
    await run(args);
    await shell.seen(/goal: tea[^]*Your decision[^]*later[^]*approve/);
    await proposes("harm");
    await shell.type("Down", "Enter");
    await shell.seen(/APPROVED .*\n(.*\n)*status=0/);
    assertEquals(await answered(profile), [first.id]);
  });
}
