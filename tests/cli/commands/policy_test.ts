import { assertEquals, assertStringIncludes } from "@std/assert";
import { policyCommand } from "../../../src/cli/commands/policy.ts";
import { manualSections } from "../../../src/cli/help.ts";
import { envOf } from "../../../src/os/env.ts";
import { readConfig } from "../../../src/profile/config.ts";
import { BUILT_IN_NAMES } from "../../../src/schema/decision.ts";
import { cliOn } from "../../support/cli_on.ts";
import { type TempProfile, tempProfile } from "../../support/temp_profile.ts";

const noForce = {
  name: "no-force",
  when: `"--force" in move.argv`,
  then: "deny",
  why: "history stays",
};
const site = {
  ...{ name: "site", when: `sensors.ci == "green" && move.command == "make"`, then: "allow" },
  ...{ network: true, write: ["/srv/site"], env: ["KEY"] },
};

async function profileWith(policy: unknown[], now = "2026-11-23T09:30:00Z"): Promise<TempProfile> {
  const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
  const profile = await tempProfile({ clock });
  await Deno.writeTextFile(profile.configPath, JSON.stringify({ policy }));
  return profile;
}

async function snapshot(profile: TempProfile, name: string, result: unknown): Promise<void> {
  const reading = {
    name,
    file: `${name}.sh`,
    at: "2026-11-23T09:30:00.000Z",
    trusted: true,
    script: "",
    ms: 1,
    bytes: 1,
  };
  await profile.write(`snapshots/${name}.json`, JSON.stringify({ ...reading, result }));
}

/** `then rule` of each part that `looop policy test` judged. */
async function tested(profile: TempProfile, move: object, ...more: string[]): Promise<string> {
  const { status, stdout, stderr } = await cliOn(profile, [
    ...["policy", "test", JSON.stringify(move), "--json", ...more],
  ]);
  assertEquals([status, stderr], [0, ""]);
  const { then, rule } = JSON.parse(stdout);
  return `${then} ${rule}`;
}

Deno.test("looop policy lists the person's rules, then the built-in ones, then the limit of taint", async () => {
  await using profile = await profileWith([noForce, site]);
  const { status, stdout } = await cliOn(profile, ["policy"]);
  assertEquals(status, 0);
  assertEquals(stdout.split("\n").slice(0, 11), [
    `the first matching rule decides; your rules are in ${profile.configPath}`,
    "  1  deny   no-force",
    `     when  "--force" in move.argv`,
    "     why   history stays",
    "  2  allow  site",
    `     when  sensors.ci == "green" && move.command == "make"`,
    "     may   use the network; write to /srv/site; read KEY",
    "built in",
    "  3  allow  worker-command",
    "     the command of a custom worker, from runners.NAME.worker",
    "  4  allow  noop",
  ]);
  const json = JSON.parse((await cliOn(profile, ["policy", "--json"])).stdout);
  assertEquals(json.map(({ name }: { name: string }) => name), [
    ...["no-force", "site", ...BUILT_IN_NAMES, "taint"],
  ]);
  assertEquals(json[1], {
    ...{ name: "site", from: "config", then: "allow", when: site.when, describes: "site" },
    access: { network: true, read: [], write: ["/srv/site"], env: ["KEY"] },
  });
  await using plain = await profileWith([]);
  assertStringIncludes((await cliOn(plain, ["policy"])).stdout, "decides; there are no rules in ");
});

Deno.test("looop policy test tells of a move and of all that it would start", async () => {
  await using profile = await profileWith([noForce]);
  const move = { action: "start_worker", id: "fix", prompt: "x", verify: "git push --force" };
  assertEquals(
    (await cliOn(profile, ["policy", "test", JSON.stringify(move)])).stdout,
    [
      "verdict  deny",
      "rule     no-force",
      "why      its verify command: history stays",
      "",
      "the move (start_worker)",
      "allow    rule start-worker: a worker asks the user for the permissions that it lacks",
      "",
      "its verify command, judged as a run",
      "  │ git push --force",
      `simple   yes: "git" "push" "--force"`,
      "deny     rule no-force: history stays",
      "",
    ].join("\n"),
  );
  const run = { action: "run", command: "ls; id\u202e" };
  assertEquals(
    (await cliOn(profile, ["policy", "test", "-"], { input: JSON.stringify(run) })).stdout,
    [
      "verdict  ask",
      "rule     run",
      "why      it is not a simple command: U+202E is not printable ASCII",
      "",
      "the move (run)",
      "  │ ls; id\\u{202e}",
      "simple   no: U+202E is not printable ASCII",
      "",
    ].join("\n"),
  );
  assertEquals(await tested(profile, { action: "run", command: "ls" }), "allow run-read-only");
  assertEquals(await tested(profile, { action: "run", command: "ls" }, "--tainted"), "ask taint");
});

Deno.test("looop policy test goes by what the last tick saw, and by the goals and workers there are", async () => {
  await using profile = await profileWith([
    site,
    { name: "busy", when: `"green" in goals && move.action == "noop"`, then: "deny" },
  ]);
  const make = { action: "run", command: "make" };
  const before = await cliOn(profile, ["policy", "test", JSON.stringify(make), "--json"]);
  assertEquals(JSON.parse(before.stdout).rule, "run");
  assertEquals(
    before.stderr,
    "looop: warning: policy rule `site` is ignored: there is no sensor `ci` (there are none)\n",
  );
  await snapshot(profile, "ci", { ok: true, value: { signal: "green" } });
  assertEquals(await tested(profile, make), "allow site");
  await snapshot(profile, "ci", { ok: false, error: "exit 1" });
  assertEquals(await tested(profile, make), "ask run");
  const noop = { action: "noop", reason: "x" };
  assertEquals(await tested(profile, noop), "allow noop");
  await profile.write("goals/green.md", "---\ngoal: green\n---\n");
  assertEquals(await tested(profile, noop), "deny busy");
});

Deno.test("looop policy test refuses what is no move, with exit status 2, and makes nothing", async () => {
  await using profile = await profileWith([]);
  await Deno.remove(profile.paths.dataDir, { recursive: true });
  const refused = async (...args: string[]) => {
    const { status, stdout, stderr } = await cliOn(profile, ["policy", ...args]);
    assertEquals([status, stdout], [2, ""]);
    return stderr.replace(`\nusage: ${policyCommand.usage}\n`, "");
  };
  assertStringIncludes(await refused("test", "{action}"), "looop: the move is not valid JSON: ");
  assertEquals(
    await refused("test", `{"action": "run", "comand": "ls"}`),
    "looop: not a valid move (looop help moves describes them):\n" +
      "  `run` needs `command` (text)\n" +
      "  unknown key `comand` (did you mean `command`?); allowed are action, journal, next_interval_s, more, goal, command",
  );
  assertEquals(await refused("test"), "looop: missing argument <move|->");
  assertEquals(await refused("tets", "{}"), "looop: unknown subcommand tets; did you mean test?");
  assertEquals(await refused("--tainted"), "looop: --tainted requires looop policy test");
  await tested(profile, { action: "run", command: "ls" });
  assertEquals(await Deno.stat(profile.paths.dataDir).catch(() => null), null);
});

Deno.test("the manual's example of a policy can be used, and each of its rules does what it is called", async () => {
  const text = manualSections().find(({ name }) => name === "policy")?.text ?? "";
  const example = JSON.parse(/^ {4}\{"policy": .*?\]\}$/ms.exec(text)?.[0] ?? "");
  // Three o'clock at night in Tokyo.
  await using profile = await profileWith(example.policy, "2026-11-23T18:00:00Z");
  assertEquals(
    (await readConfig(profile.configPath, envOf({}))).config.policy,
    example.policy,
  );
  await snapshot(profile, "ci", { ok: true, value: { signal: "green" } });
  const run = (command: string) => tested(profile, { action: "run", command });
  const moves = {
    "deny no-force": await run("git push --force"),
    "allow tests": await run("make test"),
    "ask deploy": await run("make deploy"),
    "allow mail": await tested(profile, {
      ...{ action: "write_sensor", name: "mail.sh", script: "#!/bin/sh\necho '{}'\n" },
    }),
    "ask night": await tested(profile, { action: "start_worker", id: "fix", prompt: "x" }),
  };
  assertEquals(Object.values(moves), Object.keys(moves));
  assertEquals(Object.keys(moves).map((key) => key.split(" ")[1]), [
    ...example.policy.map(({ name }: { name: string }) => name),
  ]);
  assertEquals(await run("make test; id"), "ask run");
});
