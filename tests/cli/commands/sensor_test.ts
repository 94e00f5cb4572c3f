import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { unicodeWidth } from "@std/unicode-width";
import { runCli } from "../../../src/cli/main.ts";
import { tickOnce } from "../../../src/loop/run.ts";
import { cliOn } from "../../support/cli_on.ts";
import { git, subjects } from "../../support/git.ts";
import { memoryTerminal } from "../../support/memory_terminal.ts";
import { scripted } from "../../support/scripted_decider.ts";
import { tempProfile } from "../../support/temp_profile.ts";
import { drafts, useEditor } from "../editor.ts";

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
    `sensor   sensors/mail.sh, untrusted
reading  ok
took     N ms of 60 s
printed  45 of 8,192 bytes
signal   "three"
wakes    yes: no tick has run this sensor yet
runs     at most every 300 s
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
    "looop: unknown subcommand devour\n" +
    "subcommands: ls, test, show, write, rm, add\n" +
    "usage: looop sensor ls | test|show|rm <name> | write <name> [file|-] | add [id]\n",
  ]);
  const none = await cliOn(profile, ["sensor", "test", "b"]);
  assertEquals([none.status, none.stderr], [1, "looop: there is no sensor b\n  sensors: a\n"]);
});

const GIT = `#!/bin/sh\n# looop: interval=300\necho '{"signal":1}'\n`;

Deno.test("looop sensor write makes an executable that the next tick runs", async () => {
  await using profile = await tempProfile();
  assertEquals(await cliOn(profile, ["sensor", "write", "git.sh", "-"], { input: GIT }), {
    status: 0,
    stdout: "wrote sensors/git.sh (new)\ntest it with looop sensor test git.sh\n",
    stderr: "",
  });
  const target = `${profile.paths.sensors}/git.sh`;
  assertEquals((await Deno.stat(target)).mode! & 0o777, 0o700);
  assertEquals((await subjects(profile.paths.dataDir))[0], "wrote sensors/git.sh");
  await tickOnce(profile, { decider: scripted().decide });
  assertEquals(JSON.parse(await profile.read("snapshots/git.json")).result, {
    ok: true,
    value: { signal: 1 },
  });
  // One that is there is known by its name alone.
  await useEditor(profile, `sed -i 's/300/600/' "$1"`);
  await Deno.chmod(target, 0o755);
  const again = await cliOn(profile, ["sensor", "write", "git"]);
  assertEquals(again.stdout.split("\n")[0], "wrote sensors/git.sh");
  assertEquals(await profile.read("sensors/git.sh"), GIT.replace("300", "600"));
  assertEquals((await Deno.stat(target)).mode! & 0o777, 0o700);
});

Deno.test("looop sensor write begins both kinds with a starter that a tick can run", async () => {
  await using profile = await tempProfile();
  await useEditor(profile, `sed -i 's/"ok"/"fine"/' "$1"`);
  for (const file of ["mine.sh", "yours.ts"]) {
    assertEquals((await cliOn(profile, ["sensor", "write", file])).status, 0);
    const { status, stdout } = await cliOn(profile, ["sensor", "test", file, "--json"]);
    assertEquals([status, JSON.parse(stdout).value], [0, { signal: "fine", detail: {} }]);
  }
});

Deno.test("looop sensor write refuses what a tick could not run, and keeps it", async () => {
  await using profile = await tempProfile({ files: { "sensors/git.sh": GIT } });
  const cases: [name: string, input: string, status: number, why: RegExp][] = [
    ["new", GIT, 2, /cannot write sensor new: name a new one like git\.sh or inbox\.ts/],
    ["../x.sh", GIT, 2, /cannot write sensor \.\.\/x\.sh: /],
    [
      "a.sh",
      "echo {}\n",
      1,
      /sensors\/a\.sh: line 1: a sensor other than \.ts must begin with .*#!/,
    ],
    ["a.sh", "#!/bin/sh\n# looop: intervl=3\n", 1, /its header is invalid: unknown key "intervl"/],
    [
      "a.ts",
      "// looop: network=yes\n",
      1,
      /its header is invalid: unknown key "network" of a \.ts sensor/,
    ],
    ["git.ts", "1;\n", 1, /cannot write sensors\/git\.ts: sensors\/git\.sh has the same name; /],
  ];
  for (const [name, input, status, why] of cases) {
    const end = await cliOn(profile, ["sensor", "write", name, "-"], { input });
    assertEquals([end.status, end.stdout], [status, ""]);
    assertMatch(end.stderr, why);
  }
  assertEquals(Object.keys(await drafts(profile)).length, 4);
  assertEquals([...Deno.readDirSync(profile.paths.sensors)].map(({ name }) => name), ["git.sh"]);
});

Deno.test("looop sensor rm removes it, and tells how to have it again", async () => {
  await using profile = await tempProfile({ files: { "sensors/git.sh": GIT } });
  const { status, stdout } = await cliOn(profile, ["sensor", "rm", "git"]);
  assertEquals(status, 0);
  const [, restore] = /^removed sensors\/git\.sh\nto restore it: git -C \S+ (.+)\n$/
    .exec(stdout) ?? [];
  const { dataDir } = profile.paths;
  assertEquals((await subjects(dataDir))[0], "removed sensors/git.sh");
  assertEquals(await git(dataDir, "status", "--porcelain"), "");
  const none = await cliOn(profile, ["sensor", "rm", "git"]);
  assertEquals([none.status, none.stderr], [1, "looop: there is no sensor git\n  sensors: none\n"]);
  await git(dataDir, ...restore.split(" "));
  assertEquals((await cliOn(profile, ["sensor", "show", "git"])).stdout, GIT);
  assertEquals((await cliOn(profile, ["sensor", "test", "git"])).status, 0);
});

Deno.test("looop sensor ls tells age, interval, trust and how the last reading went", async () => {
  const now = new Date("2026-11-23T09:30:00Z");
  await using profile = await tempProfile({
    files: {
      "sensors/a.sh": `#!/bin/sh\n# looop: interval=300 trust=untrusted\necho {}\n`,
      "sensors/b.sh": `#!/bin/sh\nexit 3\n`,
      "sensors/c.sh": `#!/bin/sh\n# looop: intervl=1\n`,
    },
    clock: { now: () => now, sleep: () => Promise.resolve() },
  });
  await profile.write("sensors/d.sh", "#!/bin/sh\n", 0o600);
  const ls = async () => (await cliOn(profile, ["sensor", "ls"])).stdout.split("\n");
  assertEquals((await ls()).slice(0, 3), [
    "SENSOR  EVERY  TRUST      LAST READING",
    "a.sh    5 min  untrusted  none yet: the next tick runs it",
    "b.sh    tick              none yet: the next tick runs it",
  ]);
  await tickOnce(profile, { decider: scripted().decide });
  now.setUTCMinutes(32);
  assertEquals(await ls(), [
    "SENSOR  AGE    EVERY  TRUST      LAST READING",
    "a.sh    2 min  5 min  untrusted  ok",
    "b.sh    2 min  tick              it exited with status 3",
    'c.sh    2 min                    its header is invalid: unknown key "intervl"; allowed are interval, timeout, grace, trust, env, network, read, write',
    "",
  ]);
  const json = JSON.parse((await cliOn(profile, ["sensor", "ls", "--json"])).stdout);
  assertEquals(json[0], {
    name: "a",
    file: "a.sh",
    trusted: false,
    interval_s: 300,
    ok: true,
    error: null,
    at: "2026-11-23T09:30:00.000Z",
  });
  assertEquals((await cliOn(profile, ["sensor", "show", "b"])).stdout, "#!/bin/sh\nexit 3\n");
});

Deno.test("looop sensor add refuses paths that are not there, and writes nothing", async () => {
  await using profile = await tempProfile();
  const set = (path: string) => ["sensor", "add", "git", "--set", `repositories=${path}`];
  for (const path of ["/nowhere", "~/nowhere", `${profile.root},/nowhere/at all`]) {
    const { status, stderr } = await cliOn(profile, set(path));
    assertEquals([status, stderr], [1, `looop: there is no ${path.split(",").at(-1)}\n`]);
  }
  assertEquals([...Deno.readDirSync(profile.paths.sensors)], []);
  assertEquals((await cliOn(profile, set(profile.root))).status, 0);
});
