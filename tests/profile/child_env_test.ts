import { assertEquals } from "@std/assert";
import { callRunner } from "../../src/decide/ask_runner.ts";
import { runnerNamed } from "../../src/decide/runners/runner.ts";
import { notify } from "../../src/inbox/deliveries.ts";
import { childEnv, mentionedIn, runnerEnv } from "../../src/profile/child_env.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { profileEnv } from "../../src/workers/env.ts";
import { finalizeWorkers } from "../../src/workers/reconcile.ts";
import { commandAs, runAs } from "../support/run_as.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { start, untilEnded, workerProfile } from "../support/worker_profile.ts";

/** What looop itself was given, besides `PATH` and `HOME`. */
const GIVEN = {
  LANG: "C.UTF-8",
  LC_ALL: "C.UTF-8",
  TZ: "UTC",
  USER: "me",
  LOOOP_X: "1",
  LOOOP_Y_TOKEN: "secret",
  GITHUB_TOKEN: "secret",
  GH_TOKEN: "secret",
  MINE_API_KEY: "secret",
  DB_PASSWORD: "secret",
  SSH_AUTH_SOCK: "/run/ssh",
  EDITOR: "vi",
  DISPLAY: ":0",
  HTTPS_PROXY: "http://proxy:1",
  XDG_DATA_HOME: "/x",
};
/** What any child gets of it. */
const USUAL = [
  "HOME",
  "HTTPS_PROXY",
  "LANG",
  "LC_ALL",
  "LOOOP_CONFIG",
  "LOOOP_DATA_DIR",
  "LOOOP_X",
  "PATH",
  "TZ",
  "USER",
];
/** What bash itself sets. */
const BASH = ["PWD", "SHLVL"];
/** What keeps a command from waiting for a pager. */
const QUIET = ["GIT_PAGER", "NO_COLOR", "PAGER", "TERM"];
/** What tmux sets in a session. */
const TMUX = ["TERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION"];
/** Prints the names of its environment. */
const NAMES = "compgen -e | sort | tr '\\n' ' '";

/** Sorted, and without doubles. */
function names(...lists: string[][]): string {
  return [...new Set(lists.flat())].sort().map((name) => `${name} `).join("");
}

Deno.test("a run gets the usual variables and those that its rule names", async () => {
  await using profile = await tempProfile({ env: GIVEN });
  const run = async (env: string[]) =>
    (await runAs(profile, NAMES, { access: { env } })).output_tail;
  assertEquals(await run([]), names(USUAL, QUIET, BASH).trim());
  assertEquals(await run(["GH_TOKEN", "ABSENT"]), names(USUAL, QUIET, BASH, ["GH_TOKEN"]).trim());
});

Deno.test("a decision's runner gets what it needs to reach its model, and what it is given by the config", async () => {
  const tick = `: "$MINE_API_KEY"; ${NAMES}`;
  await using profile = await tempProfile({
    env: GIVEN,
    config: { runners: { mine: { tick, env: ["GH_TOKEN"] } } },
  });
  const { text } = await callRunner(profile, runnerNamed("mine", { tick }), {
    ...{ runId: "20261123t093000-deadbeef", attempt: 1, prompt: { system: "", user: "" } },
    onProgress: () => {},
  });
  const more = ["GH_TOKEN", "HTTPS_PROXY", "MINE_API_KEY", "XDG_DATA_HOME"];
  assertEquals(text, names(USUAL, BASH, more, ["LOOOP_USD_LIMIT"]));
});

Deno.test("notify gets the usual variables, what it is told, what it mentions, and the person's screen", async () => {
  await using profile = await tempProfile({ env: GIVEN });
  const out = `${profile.root}/names`;
  const command = `: "$DB_PASSWORD"; ${NAMES} >'${out}'`;
  await notify(profile, command, {
    key: "ask:1",
    kind: "question",
    from: "looop",
    text: "Tea?",
    ask: "1",
  });
  const told = [
    "LOOOP_ASK_ID",
    "LOOOP_FROM",
    "LOOOP_KIND",
    "LOOOP_OPTIONS",
    "LOOOP_QUESTION",
    "LOOOP_TEXT",
    "LOOOP_WORKER",
  ];
  assertEquals(
    await Deno.readTextFile(out),
    names(USUAL, BASH, told, ["DB_PASSWORD", "DISPLAY", "XDG_DATA_HOME"]),
  );
});

/** Runs a worker to its end; the names of the variables that it had, and that its verify had. */
async function workerNames(profile: Profile & { root: string }) {
  const [out, verified] = [`${profile.root}/worker`, `${profile.root}/verify`];
  await start(profile, "w", `: "$DB_PASSWORD"; ${NAMES} >'${out}'`, {
    runner: "mine",
    verify: `${NAMES} >'${verified}'`,
    verifyCommand: commandAs(profile, `${NAMES} >'${verified}'`, {
      access: { env: ["MINE_API_KEY"] },
    }),
  });
  await untilEnded(profile, "w");
  await finalizeWorkers(profile);
  return { worker: await Deno.readTextFile(out), verify: await Deno.readTextFile(verified) };
}

Deno.test("a worker gets all but the secrets that its runner has no need of, its verify what its rule names", async () => {
  await using profile = await workerProfile({
    env: GIVEN,
    config: { runners: { mine: { worker: "x", env: ["GH_TOKEN"] } } },
  });
  const { worker, verify } = await workerNames(profile);
  const all = Object.keys(profile.environment).filter((name) =>
    !["GITHUB_TOKEN", "LOOOP_Y_TOKEN", "MINE_API_KEY"].includes(name)
  );
  const own = ["LOOOP_BIN", "LOOOP_CLAIMS_DIR", "LOOOP_CONFIG", "LOOOP_DATA_DIR"];
  const session = ["LOOOP_GENERATION", "LOOOP_REPORTS_DIR", "LOOOP_SESSION_ID", "LOOOP_USD_LIMIT"];
  assertEquals(worker, names(all, own, session, BASH, TMUX));
  assertEquals(
    verify,
    names(USUAL, BASH, QUIET, ["LOOOP_SESSION_ID", "MINE_API_KEY"]),
  );
});

Deno.test("childEnv gives the usual variables, those named, and no others", async () => {
  const usual = {
    USER: "me",
    LOGNAME: "me",
    TMPDIR: "/tmp",
    TZ: "UTC",
    LANG: "C",
    LANGUAGE: "en",
    LC_ALL: "C",
    LOOOP_X: "1",
  };
  await using profile = await tempProfile({
    env: {
      ...usual,
      GITHUB_TOKEN: "t",
      LOOOP_X_TOKEN: "t",
      SSH_AUTH_SOCK: "/s",
      EDITOR: "vi",
      AB: "1",
      ABC: "2",
    },
  });
  const own = {
    PATH: profile.env("PATH"),
    HOME: profile.env("HOME"),
    LOOOP_DATA_DIR: profile.paths.dataDir,
    LOOOP_CONFIG: profile.configPath,
  };
  assertEquals(childEnv(profile), { ...usual, ...own } as Record<string, string>);
  assertEquals(
    childEnv(profile, ["AB", "ABSENT", "LOOOP_X_TOKEN", /^EDIT/]),
    { ...usual, ...own, AB: "1", LOOOP_X_TOKEN: "t", EDITOR: "vi" } as Record<string, string>,
  );
});

Deno.test("mentionedIn finds the variables of a shell command", () => {
  assertEquals(
    mentionedIn('curl -H "X: $A_TOKEN" ${B} ${C:-x} ${#D} ${!E} "$1" $$ $(echo $F) \'$G\''),
    ["A_TOKEN", "B", "C", "D", "E", "F", "G"],
  );
});

Deno.test("childEnv passes proxies, certificate authorities and where git and gh find their settings", async () => {
  const env = {
    https_proxy: "http://proxy:1",
    NO_PROXY: "localhost",
    SSL_CERT_FILE: "/ca.pem",
    CURL_CA_BUNDLE: "/ca.pem",
    NODE_EXTRA_CA_CERTS: "/ca.pem",
    DENO_CERT: "/ca.pem",
    GIT_SSL_CAINFO: "/ca.pem",
    AWS_CA_BUNDLE: "/ca.pem",
    XDG_CONFIG_HOME: "/x",
    GH_HOST: "github.example.com",
  };
  await using profile = await tempProfile({ env: { ...env, GH_ENTERPRISE_TOKEN: "secret" } });
  const given = childEnv(profile);
  assertEquals(Object.fromEntries(Object.keys(env).map((name) => [name, given[name]])), env);
  assertEquals("GH_ENTERPRISE_TOKEN" in given, false);
});

Deno.test("no child gets the variables of a calling agent session, except one that is named", async () => {
  const session = {
    CLAUDECODE: "1",
    CLAUDE_CODE_CHILD_SESSION: "1",
    CLAUDE_PROJECT_DIR: "/theirs",
    CODEX_SANDBOX_NETWORK_DISABLED: "1",
    CODEX_THREAD_ID: "t",
    OPENCODE: "1",
    OPENCODE_PID: "7",
    PI_CODING_AGENT: "true",
    AI_AGENT: "x",
    GIT_DIR: "/nowhere",
    LOOOP_GENERATION: "g",
    LOOOP_INBOX: "/inbox",
  };
  const own = { CLAUDE_CODE_USE_BEDROCK: "1", CLAUDE_CONFIG_DIR: "/c", CODEX_HOME: "/h" };
  await using profile = await tempProfile({
    env: { ...session, ...own, PI_CODING_AGENT_DIR: "/p", OPENCODE_CONFIG: "/o" },
  });
  const envs = ["claude", "codex", "pi", "opencode"].map((name) => runnerEnv(profile, name));
  for (const env of [childEnv(profile), profileEnv(profile), ...envs]) {
    assertEquals(Object.keys(session).filter((name) => name in env), []);
  }
  const [claude, codex, pi, opencode] = envs;
  assertEquals(claude.CLAUDE_CODE_USE_BEDROCK + claude.CLAUDE_CONFIG_DIR, "1/c");
  assertEquals([codex.CODEX_HOME, pi.PI_CODING_AGENT_DIR, opencode.OPENCODE_CONFIG], [
    "/h",
    "/p",
    "/o",
  ]);
  assertEquals(childEnv(profile, ["CODEX_THREAD_ID"]).CODEX_THREAD_ID, "t");
});
