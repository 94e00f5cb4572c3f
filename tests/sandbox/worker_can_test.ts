import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { listAsks } from "../../src/inbox/asks.ts";
import { eventually } from "../support/eventually.ts";
import { git } from "../support/git.ts";
import { looopOn } from "../support/looop_on.ts";
import { stateOf, untilEnded } from "../support/worker_profile.ts";
import { eventualText, isPresent, person, sandboxProfile, startPulse } from "./sandbox_profile.ts";

const LOOOP = `"$LOOOP_BIN"`;
const OWN = `"$LOOOP_SESSION_ID"`;

Deno.test("a worker in the sandbox clones, claims, asks, proposes, reports, is verified and ends itself as done", async () => {
  await using profile = await sandboxProfile();
  await using _ = await startPulse(profile);
  const repository = join(profile.root, "repository");
  await Deno.mkdir(repository);
  await git(repository, "init", "-q", "-b", "main");
  await git(repository, "commit", "-q", "--allow-empty", "-m", "first");
  const prompt = [
    `exec 2>"$LOOOP_REPORTS_DIR/errors"`,
    `pwd >"$LOOOP_REPORTS_DIR/where"`,
    `${LOOOP} claim issue-7 >"$LOOOP_REPORTS_DIR/claimed"`,
    `git clone -q "$HOME/../repository" code`,
    `answer=$(${LOOOP} ask ${OWN} "Which colour?" --options red,blue)`,
    `echo "$answer" >code/colour`,
    `git -C code add -A`,
    `git -C code -c user.name=w -c user.email=w@localhost commit -q -m "It is $answer"`,
    `git -C code bundle create -q "$LOOOP_REPORTS_DIR/fix.bundle" origin/HEAD..HEAD`,
    `echo "# Better" >new.md`,
    `${LOOOP} propose playbook new.md >"$LOOOP_REPORTS_DIR/proposed"`,
    `${LOOOP} propose playbook new.md`,
    `${LOOOP} cost add ${OWN} 0.25 >"$LOOOP_REPORTS_DIR/cost"`,
    `${LOOOP} unclaim issue-7 >"$LOOOP_REPORTS_DIR/unclaimed"`,
    `${LOOOP} claim issue-8 >/dev/null`,
    `${LOOOP} kill ${OWN}`,
    `sleep 600`,
  ].join("; ");
  const verify = `touch "$LOOOP_WORKTREE/verified" && cat "$LOOOP_WORKTREE/code/colour"`;
  const started = await person(profile, "start-session", "fix", prompt, "--verify", verify);
  assertEquals([started.status, started.stderr], [0, ""]);
  await eventually("it asks", async () => (await listAsks(profile)).asks.length > 0);
  const [{ id, question, options, worker }] = (await listAsks(profile)).asks;
  assertEquals({ question, options, worker }, {
    ...{ question: "Which colour?", options: ["red", "blue"], worker: "fix" },
  });
  // Its flag is raised after the ask is written.
  await eventually("it waits", async () => (await stateOf(profile, "fix"))[0] === "waiting");
  assertEquals(JSON.parse(await profile.read("claims/issue-7.json")).session, "fix");
  assertEquals(
    (await person(profile, "answer", id, "blue")).stdout,
    `answered ${id} with "blue": worker fix receives it\n`,
  );
  await untilEnded(profile, "fix");
  assertEquals(await stateOf(profile, "fix"), ["done", 0]);
  assertEquals(await profile.read("reports/where"), `${profile.paths.workers}/fix/worktree\n`);
  assertEquals(await profile.read("reports/claimed"), "claimed issue-7 for fix\n");
  assertEquals(await profile.read("reports/unclaimed"), "released issue-7\n");
  assertEquals(await profile.read("reports/cost"), "recorded $0.25 for fix\n");
  const proposal = (await listAsks(profile)).asks.find((ask) => ask.kind === "approval");
  assertEquals(
    await profile.read("reports/proposed"),
    `proposed: looop approve ${proposal?.id} applies it\n`,
  );
  assertEquals(
    await profile.read("reports/errors"),
    `looop: cannot propose PLAYBOOK.md: ${proposal?.id} already requests the same; see looop asks\n`,
  );
  const claim = join(profile.paths.claims, "issue-8.json");
  await eventually("its claims end with it", async () => !await isPresent(claim));
  await git(repository, "fetch", "-q", join(profile.paths.reports, "fix.bundle"), "HEAD");
  assertEquals(await git(repository, "show", "FETCH_HEAD:colour"), "blue");
  // The pulse wakes for no worker's end by itself.
  await person(profile, "pause");
  await person(profile, "resume");
  const verification = await eventualText(profile, "workers/fix/verification.json");
  assertEquals(JSON.parse(verification), { passed: true, exit_code: 0, output_tail: "blue" });
  const ledger = async () =>
    (await profile.read("cost.jsonl")).trim().split("\n").map((line) => JSON.parse(line));
  // The begin of its session, what it reported, and the end.
  await eventually("it is metered", async () => (await ledger()).length === 3);
  assertEquals((await ledger()).map(({ kind, cost_usd }) => [kind, cost_usd]), [
    ["worker", null],
    ["worker", 0.25],
    ["worker", 0],
  ]);
});

Deno.test("what a worker in the sandbox asks twice is asked twice, and what its answer was is not told again", async () => {
  await using profile = await sandboxProfile();
  await using _ = await startPulse(profile);
  const prompt =
    `for i in 1 2; do ${LOOOP} ask ${OWN} "Go on?" >>"$LOOOP_REPORTS_DIR/said"; done; read -r _`;
  await person(profile, "start-session", "fix", prompt);
  const ids: string[] = [];
  for (const text of ["first", "second"]) {
    await eventually("it asks", async () => {
      const open = (await listAsks(profile)).asks.find((ask) =>
        !ask.answer && !ids.includes(ask.id)
      );
      if (open) ids.push(open.id);
      return open !== undefined;
    });
    await person(profile, "answer", ids.at(-1)!, text);
  }
  await eventually(
    "both are told",
    async () => (await profile.read("reports/said")) === "first\nsecond\n",
  );
  assertEquals(new Set(ids).size, 2);
});

Deno.test("looop tick hears a worker in the sandbox where no pulse runs", async () => {
  await using profile = await sandboxProfile("bwrap", {
    files: { "sensors/slow.sh": "#!/bin/sh\nsleep 0.2\necho '{}'\n" },
  });
  const prompt = `${LOOOP} flag ${OWN} "look" >"$LOOOP_REPORTS_DIR/flagged"; read -r _`;
  await person(profile, "start-session", "fix", prompt);
  const inbox = join(profile.paths.workers, "fix", "inbox");
  await eventually(
    "it has said so",
    () => [...Deno.readDirSync(inbox)].some(({ name }) => name.endsWith(".json")),
  );
  assertEquals(await stateOf(profile, "fix"), ["running", null]);
  await person(profile, "tick");
  assertEquals(await stateOf(profile, "fix"), ["waiting", null]);
  assertEquals(
    await eventualText(profile, "reports/flagged"),
    "flagged fix; looop unflag fix lowers the flag\n",
  );
});

Deno.test("a message is heard soon, also while a decision takes its time", async () => {
  await using profile = await sandboxProfile("bwrap", {
    config: {
      runner: "slow",
      worker_runner: "sh",
      runners: {
        slow: { tick: "touch $LOOOP_DATA_DIR/deciding; sleep 60" },
        sh: { worker: 'eval "$(tail -n 1 {{prompt_file}})"' },
      },
    },
  });
  const prompt =
    `until [ -e "$LOOOP_DATA_DIR/deciding" ]; do sleep 0.05; done; for i in 1 2 3 4 5; do ` +
    `${LOOOP} flag ${OWN} "$(date +%s%3N)" >/dev/null; echo "$(date +%s%3N)" >>"$LOOOP_REPORTS_DIR/replied"; done; ` +
    `echo yes >"$LOOOP_REPORTS_DIR/over"; read -r _`;
  await person(profile, "start-session", "fix", prompt);
  await using _ = looopOn(profile, []);
  await eventualText(profile, "reports/over");
  const { note, at } = JSON.parse(await profile.read("workers/fix/flag.json"));
  const took = Date.parse(at) - Number(note);
  // The decision takes a minute.
  assert(took < 40_000, `${took} ms`);
});
