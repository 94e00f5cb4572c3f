import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { lockHolder } from "../../src/os/lock.ts";
import { eventually } from "../eventually.ts";
import { type TempProfile, tempProfile } from "../profile/temp_profile.ts";

const MAIN = fromFileUrl(new URL("../../main.ts", import.meta.url));
const DENO = Deno.execPath();

/** A process of looop on a temporary profile, started by a shell command in which `$looop` stands for it. */
function shell(profile: TempProfile, command: string): Deno.Command {
  return new Deno.Command("bash", {
    args: ["-c", command.replaceAll("$looop", `exec '${DENO}' run -A '${MAIN}'`)],
    env: {
      LOOOP_DATA_DIR: profile.paths.dataDir,
      LOOOP_CONFIG: profile.configPath,
      LOOOP_INTERVAL: "60",
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

Deno.test("main ends quietly when the reader of its stdout has gone", async () => {
  await using profile = await tempProfile();
  const { stderr } = await shell(
    profile,
    "set -o pipefail; (sleep 0.5; $looop help) | true; echo $? >&2",
  ).output();
  assertEquals(new TextDecoder().decode(stderr), "141\n");
});

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`main stops the pulse on ${signal} with status ${code}`, async () => {
    await using profile = await tempProfile();
    await Deno.writeTextFile(profile.configPath, '{"runner": "none"}');
    const child = shell(profile, "$looop").spawn();
    const running = async () => await lockHolder(profile.paths.pulseLock) !== null;
    await eventually("the pulse runs", running, 20_000);
    const ticked = () => Deno.stat(profile.paths.lastTick).then(() => true, () => false);
    await eventually("the pulse has ticked", ticked, 20_000);
    child.kill(signal);
    const { code: status, stdout, stderr } = await child.output();
    assertEquals([status, new TextDecoder().decode(stderr)], [code, ""]);
    const text = new TextDecoder().decode(stdout);
    assertMatch(text, /^looop {3}\d+\.\d+\.\d+, a look every 60 s; Ctrl-C stops it\n/);
    assertStringIncludes(text, 'the config says "runner": "none"');
    assertMatch(text, /\nlooop stopped\n$/);
    assertEquals(await running(), false);
  });
}
