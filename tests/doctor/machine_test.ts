import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { STATIC_SCOPE } from "../../src/os/env.ts";
import { checkout } from "../support/looop.ts";
import { looopOn } from "../support/looop_on.ts";
import type { TempProfile } from "../support/temp_profile.ts";
import { program, soundProfile, wrong } from "./examine.ts";

const INSTALL = "npm install -g @anthropic-ai/claude-code, or another of them, or name a custom " +
  "command under runners in the config (looop help config)";

/** Lets only these programs be on PATH, besides those of the profile's own. */
async function only(profile: TempProfile, ...names: string[]): Promise<void> {
  const dir = join(profile.root, "only");
  await Deno.mkdir(dir);
  for (const name of names) {
    const path = ["/usr/bin", "/bin"].map((place) => join(place, name));
    const found = await Deno.realPath(path[0]).catch(() => Deno.realPath(path[1]));
    await Deno.symlink(found, join(dir, name));
  }
  profile.environment.PATH = `${join(profile.root, "bin")}:${dir}`;
}

Deno.test("doctor warns of programs that are not on PATH, with what does not work then", async () => {
  await using profile = await soundProfile();
  await only(profile, "bash", "cat", "sh", "df");
  assertEquals(await wrong(profile), [
    ["git", "warn", "not on PATH: there is no history", "apt install git"],
    ["tmux", "warn", "not on PATH: no worker can start, nor looop up", "apt install tmux"],
    ["script", "warn", "not on PATH: no worker can start", "apt install bsdutils"],
    ["ps", "warn", "not on PATH: no worker can start", "apt install procps"],
  ]);
});

Deno.test("doctor fails without bash, and for a program that does not run or is too old", async () => {
  await using profile = await soundProfile();
  await program(profile, "script", "echo 'script: cannot load libutil' >&2; exit 127");
  const path = join(profile.root, "bin", "script");
  assertEquals(await wrong(profile), [[
    "script",
    "fail",
    `${path} does not run: script --version ended with status 127: script: cannot load libutil`,
    "apt install bsdutils",
  ]]);
  await Deno.remove(path);
  await program(profile, "git", "echo git version 2.9.5");
  assertEquals((await wrong(profile))[0], [
    "git",
    "fail",
    `git version 2.9.5 at ${join(profile.root, "bin", "git")}, older than 2.25: there is no ` +
    "history",
    "apt install git",
  ]);
  await only(profile, "sh");
  const checks = await wrong(profile);
  assertEquals(checks[0], [
    "bash",
    "fail",
    "not on PATH: looop starts nothing",
    "apt install bash",
  ]);
});

Deno.test("doctor warns of variables that mean nothing, with the nearest that does", async () => {
  await using profile = await soundProfile({
    env: { LOOOP_INTERVALL: "5", LOOOP_ZZZ: "1", LOOOP_INTERVAL: "60", LOOOP_TICK_TIMEOUT: "5m" },
  });
  const variables = ["LOOOP_INTERVAL", "LOOOP_DATA_DIR", "LOOOP_TICK_TIMEOUT"];
  assertEquals(await wrong(profile, { variables }), [
    [
      "environment",
      "warn",
      "looop does not read LOOOP_INTERVALL",
      "rename it to LOOOP_INTERVAL, if that is what you meant",
    ],
    [
      "environment",
      "warn",
      "looop does not read LOOOP_ZZZ",
      "unset LOOOP_ZZZ (looop help environment)",
    ],
    [
      "environment",
      "warn",
      'LOOOP_TICK_TIMEOUT is "5m", so the default applies: 1800',
      "export LOOOP_TICK_TIMEOUT=SECONDS, or unset it",
    ],
  ]);
});

Deno.test("doctor warns of a HOME that is not there, and of a locale that is not UTF-8", async () => {
  await using profile = await soundProfile({ env: { LANG: "de_DE.ISO-8859-1" } });
  profile.environment.HOME = "/nowhere";
  const what = "programs may garble text, and tmux replaces non-ASCII characters with _";
  const [home, locale] = await wrong(profile);
  assertEquals([home, locale], [
    [
      "environment",
      "warn",
      "HOME is /nowhere, which is not a directory: runners and git read it",
      "export HOME=/home/you",
    ],
    [
      "environment",
      "warn",
      `LANG is de_DE.ISO-8859-1, not UTF-8: ${what}`,
      "export LANG=C.UTF-8",
    ],
  ]);
  profile.environment.HOME = join(profile.root, "home");
  profile.environment.LC_ALL = "C.UTF-8";
  assertEquals(await wrong(profile), []);
});

Deno.test("doctor warns where no runner is installed, fails where the one of the config is not", async () => {
  await using profile = await soundProfile();
  await Deno.remove(join(profile.root, "bin", "claude"));
  await only(profile, "bash", "cat", "sh", "df", "git", "tmux", "script", "ps");
  assertEquals(await wrong(profile), [
    [
      "runners",
      "warn",
      "pi, claude, codex, opencode: none is on PATH, so only the goals' own rules decide, and no worker can start",
      INSTALL,
    ],
  ]);
  const config = { ...profile.config, runner: "codex", worker_runner: "pi" };
  assertEquals(await wrong({ ...profile, config }), [
    [
      "decisions",
      "fail",
      "only by the goals' own rules: the runner codex is not on PATH",
      `install codex, or set another runner in ${profile.configPath}`,
    ],
    [
      "worker runner",
      "fail",
      "cannot start a worker: its runner pi is not on PATH",
      `set worker_runner in ${profile.configPath}`,
    ],
  ]);
});

Deno.test("doctor warns of a claude that would ask before it begins to work", async () => {
  await using profile = await soundProfile();
  await Deno.remove(join(profile.root, "home", ".claude.json"));
  assertEquals(await wrong(profile), [[
    "worker runner",
    "warn",
    "no worker can start: Claude Code is not set up",
    "looop setup-agent claude",
  ]]);
});

Deno.test("doctor really starts something in the sandbox that the config asks for", async () => {
  await using profile = await soundProfile({ config: { sandbox: "bwrap" } });
  assertEquals(await wrong(profile), [[
    "worker runner",
    "warn",
    "claude has no network in the sandbox, so it cannot reach its model",
    `"runners": {"claude": {"network": true}} in ${profile.configPath}`,
  ]]);
  profile.config.runners = { claude: { network: true } };
  assertEquals(await wrong(profile), []);
  await program(
    profile,
    "bwrap",
    "echo 'bwrap: No permissions to create new namespace' >&2; exit 1",
  );
  const unmade = (await wrong(profile)).find(([check]) => check === "sandbox");
  assertEquals(unmade, [
    "sandbox",
    "fail",
    "the sandbox could not be made: bwrap: No permissions to create new namespace; this machine " +
    "gives no user namespaces (try: bwrap --ro-bind / / true), which its administrator can allow",
    "bwrap --ro-bind / / true",
  ]);
  await Deno.remove(join(profile.root, "bin", "bwrap"));
  await only(profile, "bash", "cat", "sh", "df", "git", "tmux", "script", "ps");
  assertEquals((await wrong(profile))[0], [
    "sandbox",
    "fail",
    "bubblewrap is not installed, so nothing can run (it needs Linux)",
    "apt install bubblewrap",
  ]);
});

Deno.test("doctor finds the launcher's scope right, all permissions too wide, and names what lacks", async () => {
  await using profile = await soundProfile();
  await using scoped = looopOn(profile, ["doctor", "--json"]);
  const { stdout } = await scoped.end;
  assertEquals(scopeIn(stdout), [
    { check: "scope", level: "ok", found: "only what looop needs", fix: null },
  ]);
  assertEquals(scopeIn(await withFlags(profile, "-A")), [{
    check: "scope",
    level: "warn",
    found: "wider than looop needs: all of net, write, run, ffi (started with -A?)",
    fix: "start it with bin/looop",
  }]);
  assertEquals(scopeIn(await withFlags(profile, ...STATIC_SCOPE)), [{
    check: "scope",
    level: "ok",
    found: "what looop needs, and writing anywhere",
    fix: null,
  }]);
  const narrow = [
    ...["--allow-read", "--allow-env", "--allow-sys=hostname,uid"],
    ...[`--allow-write=${profile.root}`, "--allow-run=bash,git,tmux,script"],
  ];
  assertEquals(scopeIn(await withFlags(profile, ...narrow)), [{
    check: "scope",
    level: "fail",
    found: "looop needs Deno's permission run for ps",
    fix: "bin/looop, or add --allow-run=ps",
  }]);
});

function scopeIn(stdout: string): unknown[] {
  return JSON.parse(stdout).checks.filter(({ check }: { check: string }) => check === "scope");
}

/** What the doctor prints, run by a Deno with these permissions. */
async function withFlags(profile: TempProfile, ...flags: string[]): Promise<string> {
  const main = fromFileUrl(import.meta.resolve("../../main.ts"));
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--config", join(checkout, "deno.json"), ...flags, main, "doctor"]
      .concat("--json"),
    clearEnv: true,
    env: {
      ...profile.environment,
      TMPDIR: profile.root,
      LOOOP_DATA_DIR: profile.paths.dataDir,
      LOOOP_CONFIG: profile.configPath,
    },
  }).output();
  if (stdout.length === 0) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test("doctor warns of secrets that are common words or too short, and of no settings", async () => {
  const env = {
    ...{ DB_PASSWORD: "Password", API_TOKEN: "abc", DEPLOY_KEY: "1234", STATE: "failing" },
    ...{ TINY: "x", NPM_AUTH: "disabled", GITHUB_TOKEN: "hunter22x", EDITOR: "editor" },
  };
  await using profile = await soundProfile({ env, config: { redact: ["STATE", "TINY"] } });
  type Row = [string, string, string, string];
  const of = (found: string, fix: string): Row => ["environment", "warn", found, fix];
  const instead = (name: string) => `give ${name} a longer value, or list it in redact`;
  assertEquals(await wrong(profile), [
    of("the value of API_TOKEN is too short, so it is not masked", instead("API_TOKEN")),
    of("the value of DB_PASSWORD is a common word, so it is not masked", instead("DB_PASSWORD")),
    of("the value of DEPLOY_KEY is too short, so it is not masked", instead("DEPLOY_KEY")),
    of(
      "the value of STATE is a common word, which is masked wherever it stands, since redact names it",
      "give STATE another value, or remove it from redact",
    ),
    of("the value of TINY is too short, so it is not masked", "give TINY a longer value"),
  ]);
});
