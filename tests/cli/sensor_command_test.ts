import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { unicodeWidth } from "@std/unicode-width";
import { runCli } from "../../src/cli/main.ts";
import { tempProfile } from "../profile/temp_profile.ts";
import { cliOn } from "./cli_on.ts";
import { memoryTerminal } from "./memory_terminal.ts";

const MAIL = `#!/bin/sh
# looop: interval=300 env=MAIL_TOKEN,ABSENT trust=untrusted
echo "{\\"signal\\":\\"three\\",\\"login\\":\\"$MAIL_TOKEN\\"}"
`;

/** Without what differs from run to run. */
function steady(text: string): string {
  return text.replace(/[\d,]+ ms of/, "N ms of");
}

Deno.test("looop sensor test shows a reading, what it wakes and what it took, masked", async () => {
  await using profile = await tempProfile({
    files: { "sensors/mail.sh": MAIL },
    env: { MAIL_TOKEN: "hunter2-hunter2" },
  });
  const { status, stdout, stderr } = await cliOn(profile, ["sensor", "test", "mail"]);
  assertEquals([status, stderr], [0, ""]);
  assertEquals(
    steady(stdout),
    `sensor   sensors/mail.sh, untrusted: strangers can write to it
reading  ok
took     N ms of 60 s
printed  45 of 8,192 bytes
signal   "three"
wakes    yes: no tick has seen this sensor yet
runs     every 300 s at most
gets     MAIL_TOKEN, ABSENT
not set  ABSENT

  │ {
  │   "signal": "three",
  │   "login": "[masked MAIL_TOKEN]"
  │ }
`,
  );
});

Deno.test("looop sensor test --json is one object, and an error reading is status 1", async () => {
  await using profile = await tempProfile({
    files: { "sensors/t.ts": '// looop: allow-env=A\nDeno.env.get("A"); Deno.hostname();\n' },
  });
  const { status, stdout } = await cliOn(profile, ["sensor", "test", "t", "--json"]);
  assertEquals(status, 1);
  const { ms, ...rest } = JSON.parse(stdout);
  assert(ms > 0);
  assertEquals(rest, {
    name: "t",
    file: "t.ts",
    trusted: true,
    ok: false,
    error: "it needs allow-sys=hostname in its header",
    value: null,
    signal: { failing: true },
    compared: "new",
    bytes: 0,
    timeout_s: 60,
    max_bytes: 8192,
    interval_s: 0,
    env: ["A"],
    env_missing: ["A"],
    permissions: { granted: ["env A"], used: ["env A"], refused: ["sys hostname"] },
  });
  const plain = await cliOn(profile, ["sensor", "test", "t"]);
  assertEquals(plain.status, 1);
  assertStringIncludes(plain.stdout, "failing: it needs allow-sys=hostname in its header\n");
  assertStringIncludes(plain.stdout, "may      env A\nused     env A\nrefused  sys hostname\n");
});

Deno.test("looop sensor test fits a terminal of 60 columns", async () => {
  const long = JSON.stringify({ signal: "x".repeat(200), list: ["y ".repeat(100)] });
  await using profile = await tempProfile({
    files: { "sensors/long.sh": `#!/bin/sh\n# looop: env=${"A,B,C".repeat(30)}\necho '${long}'\n` },
  });
  const terminal = memoryTerminal({ columns: 60 });
  const { dataDir } = profile.paths;
  const where = { dataDir, configPath: profile.configPath, environment: profile.environment };
  const never = new AbortController().signal;
  assertEquals(await runCli(["sensor", "test", "long"], terminal, never, where), 0);
  const lines = terminal.stdout.split("\n");
  assertEquals(lines.filter((line) => unicodeWidth(line) > 60), []);
  assert(lines.length > 15, terminal.stdout);
});

Deno.test("looop sensor refuses other verbs and names that no sensor has", async () => {
  await using profile = await tempProfile({ files: { "sensors/a.sh": "#!/bin/sh\n" } });
  const other = await cliOn(profile, ["sensor", "devour", "a"]);
  assertEquals([other.status, other.stderr], [
    2,
    "looop: cannot devour a sensor\n" +
    "verbs: ls, test, show, write, rm, add (see looop help sensor)\n",
  ]);
  const none = await cliOn(profile, ["sensor", "test", "b"]);
  assertEquals([none.status, none.stderr], [1, "looop: there is no sensor b\n  sensors: a\n"]);
});
