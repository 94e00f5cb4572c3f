import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runCli } from "../../../src/cli/main.ts";
import { renderFinding, renderFindings } from "../../../src/cli/output/status.ts";
import { PLAIN } from "../../../src/cli/output/view.ts";
import { fail, ok, warn } from "../../../src/doctor/check.ts";
import { soundProfile } from "../../doctor/examine.ts";
import { tickOnce } from "../../../src/loop/run.ts";
import type { Move } from "../../../src/schema/move.ts";
import type { FullStatus } from "../../../src/schema/status.ts";
import { cliOn } from "../../support/cli_on.ts";
import { eventually } from "../../support/eventually.ts";
import { looopOn } from "../../support/looop_on.ts";
import { memoryTerminal } from "../../support/memory_terminal.ts";
import { scripted } from "../../support/scripted_decider.ts";
import { tempProfile } from "../../support/temp_profile.ts";

Deno.test("looop doctor prints a line for each finding, sums up, and gives status 1 for a failure", async () => {
  await using profile = await soundProfile();
  await using sound = looopOn(profile, ["doctor"]);
  const { status, stdout, stderr } = await sound.end;
  assertEquals([status, stderr], [0, ""]);
  const lines = stdout.split("\n");
  assertEquals(lines.slice(-4).map((line) => line.replace(/[\d,]+ ms/, "N ms")), [
    "ok    sensor today: N ms of 60 s",
    "",
    "31 ok, 0 warn, 0 fail",
    "",
  ]);
  assertEquals(lines.slice(0, -4).filter((line) => !line.startsWith("ok    ")), []);
  await profile.write("asks/torn.json", "[");
  await using broken = looopOn(profile, ["doctor"]);
  const end = await broken.end;
  assertEquals(end.status, 1);
  assertStringIncludes(
    end.stdout,
    "\nfail  asks: asks/torn.json is not valid JSON: Unexpected end of JSON input\n" +
      `      fix: fix ${profile.paths.asks}/torn.json, or remove it\n`,
  );
  assertMatch(end.stdout, /\n30 ok, 0 warn, 1 fail\n$/);
});

Deno.test("looop doctor --json prints JSON alone, with the same status", async () => {
  await using profile = await soundProfile();
  await profile.write("asks/torn.json", "[");
  await using process = looopOn(profile, ["doctor", "--json"]);
  const { status, stdout, stderr } = await process.end;
  const { checks, ok: isFine, ...rest } = JSON.parse(stdout);
  assertEquals([status, stderr, isFine, rest], [1, "", false, {}]);
  assertEquals(checks.filter(({ level }: { level: string }) => level === "fail"), [{
    check: "asks",
    level: "fail",
    found: "asks/torn.json is not valid JSON: Unexpected end of JSON input",
    fix: `fix ${profile.paths.asks}/torn.json, or remove it`,
  }]);
  assertEquals(Object.keys(checks[0]), ["check", "level", "found", "fix"]);
});

Deno.test("looop doctor knows the variables that the manual names, and no others", async () => {
  await using profile = await soundProfile();
  Object.assign(profile.environment, { LOOOP_SENSOR_TIMEOUT: "30", LOOOP_SENSOR_TIMEOUTS: "30" });
  const { stdout } = await cliOn(profile, ["doctor"]);
  assertEquals(stdout.split("\n").filter((line) => / LOOOP_/.test(line)), [
    "warn  environment: looop does not read LOOOP_SENSOR_TIMEOUTS",
    "      fix: rename it to LOOOP_SENSOR_TIMEOUT, if that is what you meant",
  ]);
});

Deno.test("looop doctor masks secrets, and shows nothing that a terminal would obey", async () => {
  await using profile = await soundProfile({ env: { MY_TOKEN: "s3cr3t-value" } });
  await profile.write(
    "sensors/tells.sh",
    "#!/bin/sh\n# looop: env=MY_TOKEN\nprintf '%s \\033[2Jx' \"$MY_TOKEN\" >&2; exit 1\n",
  );
  const { stdout } = await cliOn(profile, ["doctor"]);
  assertEquals(stdout.includes("s3cr3t-value"), false);
  assertStringIncludes(stdout, "fail  sensor tells: it exited with status 1: [masked MY_TOKEN] ");
  assertEquals(stdout.includes("\x1b"), false);
});

Deno.test("looop doctor shows what it waits for, and is stopped by a signal", async () => {
  await using profile = await soundProfile();
  await profile.write("sensors/hangs.sh", "#!/bin/sh\nexec sleep 600\n");
  const terminal = memoryTerminal({ columns: 80 });
  const stop = new AbortController();
  const ended = runCli(["doctor"], terminal, stop.signal, {
    dataDir: profile.paths.dataDir,
    configPath: profile.configPath,
    environment: profile.environment,
  });
  await eventually("it waits", () => terminal.statuses.at(-1) === "checking sensors …");
  stop.abort("SIGINT");
  assertEquals([await ended, terminal.stderr, terminal.statuses.at(-1)], [130, "", ""]);
});

Deno.test("renderFinding breaks lines to the width, the fix below", () => {
  const finding = warn("not on PATH: no worker can start", "apt install tmux", "tmux");
  assertEquals(renderFinding(finding, { ...PLAIN, columns: 26 }).split("\n"), [
    "warn  tmux: not on PATH:",
    "      no worker can start",
    "      fix: apt install",
    "           tmux",
    "",
  ]);
  const red = (text: string) => `<${text}>`;
  assertEquals(
    renderFinding(fail("a\x1bb", null, "x\ny"), { ...PLAIN, red }),
    "<fail  >x y: a\\x1bb\n",
  );
});

Deno.test("renderFindings counts, and colours what is there", () => {
  const paint = (text: string) => `<${text}>`;
  const view = { ...PLAIN, green: paint, yellow: paint, red: paint };
  assertEquals(
    renderFindings([ok("", "a"), ok("", "b"), warn("", null, "c")], view),
    "\n<2 ok>, <1 warn>, 0 fail\n",
  );
});

Deno.test("looop status --json --full has all that a client needs in one call, masked; --full alone is refused", async () => {
  await using profile = await tempProfile({
    history: false,
    env: { SITE_TOKEN: "s3cret-value-of-it" },
    files: {
      "goals/tea.md": "---\ngoal: tea\npriority: 2\n---\n",
      "sensors/site.sh":
        `#!/bin/sh\n# looop: env=SITE_TOKEN\necho "{\\"signal\\":\\"$SITE_TOKEN\\"}"\n`,
      "sensors/bad.sh": "#!/bin/sh\nexit 3\n",
    },
  });
  const run: Move = { action: "run", command: "make deploy", journal: "deploys", more: false };
  await tickOnce(profile, { decider: scripted(run).decide });
  const { stdout } = await cliOn(profile, ["status", "--json", "--full"]);
  const status: FullStatus = JSON.parse(stdout);
  assertEquals(stdout.includes("s3cret"), false);
  assertEquals(status.goals.map(({ id, priority }) => [id, priority]), [["tea", 2]]);
  assertEquals(status.readings.map(({ name, result }) => [name, result.ok]), [
    ["bad", false],
    ["site", true],
  ]);
  assertEquals(status.readings[1].result, { ok: true, value: { signal: "[masked SITE_TOKEN]" } });
  assertEquals(status.open_asks[0].approval?.preview.split("\n")[0], "$ make deploy");
  assertEquals(status.hash, status.last_tick?.hash);
  assertMatch(status.journal[0], /needs your approval: [0-9a-f]{6}: deploys$/);
  assertEquals(status.worker_costs_usd, {});
  const alone = await cliOn(profile, ["status", "--full"]);
  assertEquals([alone.status, alone.stdout], [2, ""]);
});
