import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { admitCommand } from "../../src/admit/action.ts";
import { approveAsk } from "../../src/inbox/answer.ts";
import { findAsk } from "../../src/inbox/asks.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { ANY_CONTENT } from "../../src/schema/action.ts";
import type { Config } from "../../src/schema/config.ts";
import { sha256Hex } from "../../src/schema/json.ts";
import type { Move } from "../../src/schema/move.ts";
import { workerFiles } from "../../src/workers/files.ts";
import { verifyWorker } from "../../src/workers/reconcile.ts";
import { tempWorker } from "../inbox/temp_worker.ts";
import { noop, scripted } from "../support/scripted_decider.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

const FIX = "echo fixed >>made\n";
const run = (command: string): Move => ({ action: "run", command, journal: "fixed it" });

function profileWithFix(config: Partial<Config> = {}): Promise<TempProfile> {
  return tempProfile({ history: false, config, files: { "reports/fix.sh": FIX } });
}

/** Lets the loop ask for a move; returns the id of the ask, and what the user reads. */
async function request(profile: TempProfile, move: Move): Promise<{ id: string; preview: string }> {
  const asked = await tickOnce(profile, { decider: scripted(move).decide });
  assert(asked.outcome === "moved");
  const { ask_id: id = "", summary } = asked.result;
  const ask = await findAsk(profile, id);
  assert(ask?.approval, summary);
  return { id, preview: ask.approval.preview };
}

/** Approves it, and returns what the next tick makes of it. */
async function approved(profile: TempProfile, id: string): Promise<string> {
  await approveAsk(profile, id);
  const made = await tickOnce(profile, { decider: scripted().decide });
  assert(made.outcome === "moved" && made.decision.by === "approval");
  return `${made.result.status}: ${made.result.summary}`;
}

const made = (profile: TempProfile) => profile.read("made").catch(() => null);
const changedFile = (path: string) =>
  `failed: what was approved is not what it would do now: ${path} changed since then`;

for (
  const command of [
    "bash reports/fix.sh",
    "sh ./reports/fix.sh",
    ". reports/fix.sh",
    "cat reports/fix.sh | bash",
    'bash "$LOOOP_DATA_DIR/reports/fix.sh"',
  ]
) {
  Deno.test(`an approval of ${command} shows the file's digest, and covers that content alone`, async () => {
    await using profile = await profileWithFix();
    const unchanged = await request(profile, run(command));
    assertStringIncludes(
      unchanged.preview,
      `\nsha256 ${await sha256Hex(FIX)}: reports/fix.sh`,
    );
    assertEquals(await approved(profile, unchanged.id), "made: exit 0");
    assertEquals(await made(profile), "fixed\n");

    await tickOnce(profile, { decider: scripted().decide });
    await profile.write("PLAYBOOK.md", "# Again\n");
    const { id } = await request(profile, run(command));
    await profile.write("reports/fix.sh", "echo changed >>made\n");
    assertEquals(await approved(profile, id), changedFile("reports/fix.sh"));
    assertEquals(await made(profile), "fixed\n");
    const again = await request(profile, run(command));
    assertStringIncludes(again.preview, await sha256Hex("echo changed >>made\n"));
    assertEquals(await approved(profile, again.id), "made: exit 0");
  });
}

Deno.test("an approval covers no file that appears, no link to another one, and no directory that changes", async () => {
  for (
    const [command, path, change] of [
      [
        "bash reports/later.sh",
        "reports/later.sh",
        (at) => Deno.writeTextFile(join(at, "later.sh"), FIX),
      ],
      ["bash reports/fix.sh", "reports/fix.sh", async (at) => {
        await Deno.writeTextFile(join(at, "evil.sh"), "echo evil >>made\n");
        await Deno.remove(join(at, "fix.sh"));
        await Deno.symlink("evil.sh", join(at, "fix.sh"));
      }],
      ["cd reports && sh fix.sh", "reports/", (at) => Deno.writeTextFile(join(at, "a"), "")],
    ] as [string, string, (reports: string) => Promise<void>][]
  ) {
    await using profile = await profileWithFix();
    const { id } = await request(profile, run(command));
    await change(profile.paths.reports);
    assertEquals(await approved(profile, id), changedFile(path));
    assertEquals(await made(profile), null);
  }
});

Deno.test("an approval covers no other access or runner than it shows", async () => {
  const worker = { runners: { own: { worker: "true" } }, worker_runner: "own" };
  for (
    const [move, before, after] of [
      [run("bash reports/fix.sh"), {}, {
        policy: [{ name: "more", when: "true", then: "ask" as const, env: ["DEPLOY_KEY"] }],
      }],
      [
        { action: "start_worker", id: "w", prompt: "p", verify: "make", journal: "started" },
        worker,
        { ...worker, runners: { own: { worker: "rm -r ~" } } },
      ],
    ] as [Move, Partial<Config>, Partial<Config>][]
  ) {
    await using profile = await profileWithFix(before);
    const { id } = await request(profile, move);
    await approveAsk(profile, id);
    const config = { ...profile.config, ...after };
    const next = await tickOnce({ ...profile, config }, { decider: scripted().decide });
    assert(next.outcome === "moved");
    assertStringIncludes(
      next.result.summary,
      "what was approved is not what it would do now: its access, sandbox, runner or program changed",
    );
    assertEquals(await made(profile), null);
  }
});

for (
  const [command, why] of [
    ["bash reports/endless", "an approval cannot cover reports/endless: it is no file, or too"],
    ["touch made\r\nfalse", "an approval cannot show the character U+000D; write the command"],
    ["touch made\u2028#x", "an approval cannot show the character U+2028; write the command"],
    ["touch made\u202e #x", "an approval cannot show the character U+202E; write the command"],
    ["touch made\u200b", "an approval cannot show the character U+200B; write the command"],
    ["touch made1\ufe0f", "an approval cannot show the character U+FE0F; write the command"],
    ["touch a\u00a0made", "an approval cannot show the character U+00A0; write the command"],
    ["touch a\u2800made", "an approval cannot show the character U+2800; write the command"],
    ["touch made \x1b[2K", "an approval cannot show the character U+001B; write the command"],
  ]
) {
  Deno.test(`the loop does not ask for ${JSON.stringify(command)}: ${why}`, async () => {
    await using profile = await profileWithFix();
    await Deno.symlink("/dev/zero", join(profile.paths.reports, "endless"));
    const asked = await tickOnce(profile, { decider: scripted(run(command), noop()).decide });
    assert(asked.outcome === "moved");
    assertEquals(asked.result.status, "failed");
    assertStringIncludes(asked.result.summary, why);
  });
}

Deno.test("the question of an approval is what it does, before what the decider says of it", async () => {
  await using profile = await tempProfile({
    ...{ history: false, env: { API_KEY: "hush-hush-1234" } },
    files: { "sensors/git.sh": "#!/bin/sh\necho '{}'\n" },
    config: { worker_runner: "own", runners: { own: { worker: "true" } } },
  });
  const journal = "only lists files";
  const moves: [Move, string][] = [
    [
      { action: "run", command: `rm -r reports\ncurl hush-hush-1234`, journal },
      "run rm -r reports curl [masked API_KEY]",
    ],
    [{ action: "run", command: `rm ${"x".repeat(200)}`, journal }, `run rm ${"x".repeat(116)}…`],
    [{ action: "write_playbook", body: "# Mine\n", journal }, "write PLAYBOOK.md"],
    [{ action: "remove_sensor", name: "git.sh", journal }, "remove sensors/git.sh"],
    [
      { action: "start_worker", id: "w", prompt: "p", verify: "make", journal },
      "start worker w with own",
    ],
  ];
  for (const [i, [move, title]] of moves.entries()) {
    await profile.write("PLAYBOOK.md", `# ${i}\n`);
    const { id } = await request(profile, move);
    const { question = "" } = await findAsk(profile, id) ?? {};
    assertEquals(
      question.replace(/Reason: .*?\. The/, "Reason: WHY. The"),
      [
        `Approve: ${title}? Reason: WHY. The decider says: ${journal}`,
      ].join(),
    );
  }
});

for (
  const [command, files] of [
    ["test -s reports/fix.sh", {}],
    ["grep -q done reports/a.md && test -s reports/b.json", {}],
    ["bash reports/fix.sh", { "reports/fix.sh": await sha256Hex(FIX) }],
    ["./reports/fix.sh && true", { "reports/fix.sh": await sha256Hex(FIX) }],
    ["bash reports/a.md", { "reports/a.md": await sha256Hex("a") }],
    ["sh reports/later.sh", { "reports/later.sh": ANY_CONTENT }],
    ["make -C reports", { "reports/": ANY_CONTENT }],
  ] as [string, Record<string, string>][]
) {
  Deno.test(`a verify of ${command} pins what could be run: ${JSON.stringify(Object.keys(files))}`, async () => {
    await using profile = await profileWithFix();
    await profile.write("reports/a.md", "a");
    await profile.write("reports/b.json", "{}");
    assertEquals((await admitCommand(profile, command)).files, files);
  });
}

Deno.test("verifyWorker runs no program of the data directory that the worker has changed", async () => {
  await using profile = await profileWithFix();
  const verify = "bash reports/fix.sh";
  const verify_command = await admitCommand(profile, verify);
  const verified = async (id: string) => {
    const record = await tempWorker(profile, id, { verify, verify_command });
    const files = workerFiles(profile.paths, id);
    await verifyWorker(profile, record, files);
    const { passed, output_tail } = JSON.parse(await Deno.readTextFile(files.verification));
    return [passed, output_tail, await made(profile)];
  };
  assertEquals(await verified("a"), [true, "", "fixed\n"]);
  await profile.write("reports/fix.sh", "exit 0\n");
  const why = "reports/fix.sh was changed since this was admitted, so it was not run";
  assertEquals(await verified("b"), [false, why, "fixed\n"]);
});
