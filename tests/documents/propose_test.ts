import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Proposal, propose } from "../../src/documents/propose.ts";
import { approveAsk, closeWorkerAsks, rejectAsk } from "../../src/inbox/answer.ts";
import { findAsk, listAsks } from "../../src/inbox/asks.ts";
import { tickOnce } from "../../src/loop/run.ts";
import type { PolicyRule } from "../../src/schema/config.ts";
import { UserError } from "../../src/schema/errors.ts";
import { scripted } from "../support/scripted_decider.ts";
import { cliOn } from "../support/cli_on.ts";
import { tempProfile } from "../support/temp_profile.ts";

const playbook: Proposal = { what: "playbook", body: "# Mine\n\nCalm first.\n", worker: "setup" };
const goal =
  '---\ngoal: keep the build green\nrules:\n  - when: "true"\n    do: {action: noop, reason: x}\n---\n';

Deno.test("a proposal shows its diff, outlives its worker, and a yes makes it without a decider", async () => {
  await using profile = await tempProfile();
  const decider = scripted();
  const run = () => tickOnce(profile, { decider: decider.decide });
  await run();
  const ask = await propose(profile, playbook);
  assertEquals(ask.question, "Change PLAYBOOK.md? (proposed by worker setup)");
  assertStringIncludes(ask.approval?.preview ?? "", "-# Playbook\n+# Mine\n+\n+Calm first.\n");
  const day = Date.parse(ask.approval?.expires_at ?? "") - Date.parse(ask.asked_at);
  assertEquals(day, 24 * 3_600_000);
  assertEquals((await run()).outcome, "idle");
  assertEquals(await closeWorkerAsks(profile, "setup", "g1"), []);
  await approveAsk(profile, ask.id);
  const made = await run();
  assert(made.outcome === "moved");
  assertStringIncludes(
    made.journal,
    `wrote PLAYBOOK.md, as worker setup proposed (approved ${ask.id})`,
  );
  assertEquals(await profile.read("PLAYBOOK.md"), playbook.body);
  assertEquals(decider.prompts.length, 1);
  assert((await findAsk(profile, ask.id))?.closed_by);
});

Deno.test("a proposal that holds a secret of the environment is refused", async () => {
  await using profile = await tempProfile({ env: { A_TOKEN: "hunter2-hunter2" } });
  await assertRejects(
    () => propose(profile, { what: "playbook", body: "# Use hunter2-hunter2\n" }),
    UserError,
    "cannot propose PLAYBOOK.md: it contains a secret of the environment; name the variable instead",
  );
});

Deno.test("a proposal of a goal, a sensor and a schedule is made as it was shown", async () => {
  await using profile = await tempProfile();
  const decider = scripted();
  const script = "#!/bin/sh\necho '{}'\n";
  const schedule = 'cron: "0 9 * * 1-5"\ntz: Europe/Berlin\ndo: {action: noop, reason: tea}\n';
  const asks = [
    await propose(profile, { what: "goal", name: "green", body: goal }),
    await propose(profile, { what: "sensor", name: "build.sh", body: script }),
    await propose(profile, { what: "schedule", name: "daily", body: schedule }),
  ];
  assertEquals(asks[0].approval?.preview, `new file goals/green.md\n\n${goal}`);
  for (const { id } of asks) await approveAsk(profile, id);
  for (const _ of asks) {
    assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "moved");
  }
  assertEquals(decider.prompts, []);
  assertEquals(await profile.read("goals/green.md"), goal);
  assertEquals(await profile.read("sensors/build.sh"), script);
  assertEquals(await profile.read("schedules/daily.yaml"), schedule);
  assertEquals((Deno.statSync(`${profile.paths.sensors}/build.sh`).mode ?? 0) & 0o777, 0o700);
});

Deno.test("a proposal whose file was changed meanwhile is not made", async () => {
  await using profile = await tempProfile();
  const { id } = await propose(profile, playbook);
  await profile.write("PLAYBOOK.md", "# Edited\n");
  await approveAsk(profile, id);
  const made = await tickOnce(profile, { decider: scripted().decide });
  assert(made.outcome === "moved");
  assertEquals(made.result.status, "failed");
  assertEquals(await profile.read("PLAYBOOK.md"), "# Edited\n");
});

Deno.test("propose refuses what changes nothing and what waits already, whoever proposed it", async () => {
  await using profile = await tempProfile();
  const refused = async (proposal: Proposal) =>
    (await assertRejects(() => propose(profile, proposal), UserError)).message;
  assertEquals(
    await refused({ what: "playbook", body: "# Playbook\n" }),
    "cannot propose PLAYBOOK.md: it changes nothing",
  );
  const all = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) => propose(profile, { ...playbook, worker: `w-${i}` })),
  );
  assertEquals(all.filter(({ status }) => status === "fulfilled").length, 1);
  const [{ id }] = (await listAsks(profile)).asks;
  const twice = `cannot propose PLAYBOOK.md: ${id} already requests the same; see looop asks`;
  assertEquals(await refused(playbook), twice);
  await propose(profile, { ...playbook, body: "# Other\n" });
  // After a no, or on another file, it is another matter.
  await rejectAsk(profile, id, "not now");
  await propose(profile, playbook);
  await profile.write("PLAYBOOK.md", "# Edited\n");
  await propose(profile, playbook);
});

Deno.test("propose refuses what could never be made", async () => {
  await using profile = await tempProfile();
  const refused = async (proposal: Proposal) =>
    (await assertRejects(() => propose(profile, proposal), UserError)).message;
  assertStringIncludes(
    await refused({ what: "goal", name: "green", body: "---\naim: x\n---\n" }),
    "cannot propose goals/green.md: in the front matter:",
  );
  assertStringIncludes(
    await refused({ what: "goal", name: "green", body: goal.replace('"true"', '"1 +"') }),
    "rule rule-1: when:",
  );
  assertStringIncludes(
    await refused({ what: "goal", name: "../green", body: goal }),
    "cannot propose a goal:\n  `id` must be 1 to 64 of ",
  );
  assertStringIncludes(
    await refused({ what: "goal", body: goal }),
    "`write_goal` needs `id` (text)",
  );
  assertStringIncludes(
    await refused({ what: "sensor", name: "a/b.sh", body: "#!/bin/sh\n" }),
    "`name` must be an id with at most one extension",
  );
  assertEquals(
    await refused({ what: "sensor", name: "build.sh", body: "echo\n" }),
    "cannot propose sensors/build.sh: line 1: a sensor other than .ts must begin with a line such as #!/bin/sh",
  );
  assertStringIncludes(await refused({ what: "playbook", body: "" }), "`body` must not be empty");
  assertStringIncludes(
    await refused({ what: "playbook", body: "x".repeat(65_537) }),
    "`body` must have at most 65536 characters",
  );
  assertEquals((await listAsks(profile)).asks, []);
});

Deno.test("propose refuses at once what policy denies", async () => {
  const policy: PolicyRule[] = [
    { name: "calm", when: "move.command.contains('curl')", then: "deny", why: "no curl here" },
    { name: "mine", when: "move.body != '' && sensors.lock == 'on'", then: "deny" },
  ];
  await using profile = await tempProfile({ config: { policy } });
  const script = "#!/bin/sh\ncurl -s https://x.example\n";
  const refused = async (proposal: Proposal) =>
    (await assertRejects(() => propose(profile, proposal), UserError)).message;
  assertEquals(
    await refused({ what: "sensor", name: "x.sh", body: script }),
    "cannot propose sensors/x.sh: policy rule calm denies it: its script: no curl here",
  );
  assertEquals(
    await refused(playbook),
    "cannot propose PLAYBOOK.md: policy rule mine denies it: mine. It cannot be evaluated, so it applies: " +
      "there is no sensor `lock` (there are none)",
  );
  assertEquals((await listAsks(profile)).asks, []);
});

Deno.test("the proposals of one worker are shown and approved together, and then decided on once", async () => {
  await using profile = await tempProfile();
  const decider = scripted();
  const run = () => tickOnce(profile, { decider: decider.decide });
  await run();
  const sensor = { what: "sensor", name: "ci.sh", body: "#!/bin/sh\necho '{}'\n" } as const;
  const aim = { what: "goal", name: "calm", body: "---\ngoal: Stay calm\n---\n" } as const;
  const asks = [];
  for (const one of [playbook, aim, sensor]) {
    asks.push(await propose(profile, { ...one, worker: "setup" }));
  }
  const other = await propose(profile, { ...aim, name: "other", worker: "other" });

  const shown = (await cliOn(profile, ["asks"])).stdout;
  assertStringIncludes(
    shown,
    "the 3 proposals of worker setup, all at once\n  looop approve --all-of setup\n",
  );
  assertEquals(shown.includes("--all-of other"), false);
  const tick = await cliOn(profile, ["approve", "--all-of", "nobody"]);
  assertEquals([tick.status, tick.stderr.split(":")[1].trim()], [
    1,
    "worker nobody has no open proposal",
  ]);
  const end = await cliOn(profile, ["approve", "--all-of", "setup"]);
  assertEquals([end.status, end.stderr], [0, ""]);
  assertEquals(end.stdout.match(/^APPROVED \w+/gm), asks.map(({ id }) => `APPROVED ${id}`));
  for (const _ of asks) assertEquals((await run()).outcome, "moved");
  assertEquals(decider.prompts.length, 1);
  assertEquals(await profile.read("PLAYBOOK.md"), playbook.body);
  assertEquals(await profile.read("goals/calm.md"), aim.body);
  assertEquals(await profile.read("sensors/ci.sh"), sensor.body);
  assertEquals((await run()).outcome, "moved");
  assertEquals(decider.prompts.length, 2);
  assertEquals((await listAsks(profile)).asks.map(({ id }) => id), [other.id]);
});

Deno.test("looop approve takes several ids, and one that cannot be approved does not stop the others", async () => {
  await using profile = await tempProfile();
  const ids = [];
  for (const name of ["a", "b"]) {
    const body = `---\ngoal: ${name}\n---\n`;
    ids.push((await propose(profile, { what: "goal", name, body })).id);
  }
  const end = await cliOn(profile, ["approve", ids[0], "p000000", ids[1], ids[0]]);
  assertEquals(end.status, 1);
  assertEquals(end.stdout.match(/^APPROVED \w+/gm), ids.map((id) => `APPROVED ${id}`));
  assertEquals(end.stderr, "looop: there is no ask p000000: looop asks lists the open ones\n");
  const both = await cliOn(profile, ["approve", ids[0], "--all-of", "setup"]);
  assertEquals([both.status, both.stderr.split("\n")[0]], [
    2,
    "looop: --all-of takes no ids: it approves all that the worker proposes",
  ]);
});

Deno.test("a proposal that takes long to compare shows its whole text, and is not compared twice", async () => {
  const old = Array.from({ length: 40_000 }, (_, i) => `line ${i}`).join("\n");
  await using profile = await tempProfile({ files: { "PLAYBOOK.md": old } });
  const body = "7\n8\n".repeat(16_000);
  const ask = await propose(profile, { what: "playbook", body, worker: "fix" });
  assertEquals(
    ask.approval?.preview,
    `replaces the whole file PLAYBOOK.md, which has ${old.length} characters now, by this\n\n${body}`,
  );
  await assertRejects(
    () => propose(profile, { what: "playbook", body, worker: "fix" }),
    UserError,
    `${ask.id} already requests the same`,
  );
});
