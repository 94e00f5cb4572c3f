import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { act } from "../../src/act/act.ts";
import { readStatus } from "../../src/loop/status.ts";
import { findProgram } from "../../src/os/run_tool.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { NO_ACTION } from "../../src/schema/action.ts";
import { UserError } from "../../src/schema/errors.ts";
import { sense } from "../../src/sense/sense.ts";
import { workerFiles } from "../../src/workers/files.ts";
import { verifyWorker } from "../../src/workers/reconcile.ts";
import { tempWorker } from "../inbox/temp_worker.ts";
import { intentOf } from "../log/intent_of.ts";
import { resultsOf } from "../sense/results_of.ts";
import { commandAs } from "../support/run_as.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { start, workerProfile } from "../support/worker_profile.ts";
import { isPresent } from "./sandbox_profile.ts";

const config = { sandbox: "bwrap" as const };
const files = { "sensors/a.sh": "#!/bin/sh\ntouch ../ran\necho '{}'\n" };
const MISSING =
  `the config says "sandbox": "bwrap", but bubblewrap is not installed, and nothing is run without it: ` +
  "apt install bubblewrap, or dnf install bubblewrap";
const REFUSED =
  "the sandbox could not be made: bwrap: No permissions to create new namespace, likely because the kernel " +
  "does not allow non-privileged user namespaces.; this machine gives no user namespaces (try: bwrap --ro-bind " +
  "/ / true), which its administrator can allow";

const PROGRAMS = ["bash", "sh", "tmux", "script", "ps", "mkdir", "mkfifo", "mv", "touch"];

/** A PATH with what looop needs but bubblewrap, or with this script in its place. */
async function pathWithout(profile: TempProfile, instead?: string): Promise<string> {
  const dir = join(profile.root, "bin");
  await Deno.mkdir(dir);
  for (const name of PROGRAMS) {
    const found = findProgram(name, Deno.env.get("PATH") ?? "");
    if (found !== null) await Deno.symlink(found, join(dir, name));
  }
  if (instead !== undefined) {
    await Deno.writeTextFile(join(dir, "bwrap"), instead, { mode: 0o700 });
  }
  return dir;
}

/** The profile with another PATH. */
function withPath<T extends Profile>(profile: T, PATH: string): T {
  const environment = { ...profile.environment, PATH };
  return { ...profile, environment, env: (name: string) => environment[name as "PATH"] };
}

/** The intent of an allowed `touch ../ran`. */
function runOf(profile: Profile) {
  const command = commandAs(profile, ["touch", "../ran"]);
  const action = { ...NO_ACTION, ...config, command };
  return intentOf({ action: "run", command: "touch ../ran", journal: "ran" }, { action });
}

Deno.test("without bubblewrap nothing is run, and everything says so", async () => {
  await using whole = await workerProfile({ config, files });
  const profile = withPath(whole, await pathWithout(whole));
  const why = async (doing: () => Promise<unknown>) =>
    (await assertRejects(doing, UserError)).message;
  assertEquals(await why(() => sense(profile)), MISSING);
  assertEquals(
    await why(() => start(profile, "fix", "touch ../ran")),
    `cannot start worker fix: ${MISSING}`,
  );
  assertEquals(await isPresent(join(profile.paths.workers, "fix")), false);
  const intent = runOf(profile);
  assertEquals(await act(profile, intent), { status: "failed", summary: MISSING, paths: [] });
  const record = await tempWorker(whole, "old", { verify: "touch ../ran", sandbox: "bwrap" });
  assertEquals(await verifyWorker(profile, record, workerFiles(profile.paths, "old")), true);
  const { passed, output_tail } = JSON.parse(await whole.read("workers/old/verification.json"));
  assertEquals([passed, output_tail], [false, MISSING]);
  assertStringIncludes((await readStatus(profile)).attention.join("\n"), MISSING);
  assertEquals(await isPresent(join(profile.root, "ran")), false);
});

Deno.test("where bubblewrap may not make a sandbox nothing is run, and its reason is told", async () => {
  await using whole = await workerProfile({ config, files });
  const refusing =
    "#!/bin/sh\necho 'bwrap: No permissions to create new namespace, likely because the kernel " +
    "does not allow non-privileged user namespaces.' >&2\nexit 1\n";
  const profile = withPath(whole, await pathWithout(whole, refusing));
  assertEquals(await resultsOf(profile), { a: REFUSED });
  const { message } = await assertRejects(() => start(profile, "fix", "touch ../ran"), UserError);
  assertEquals(message, `cannot start worker fix: ${REFUSED}`);
  const intent = runOf(profile);
  const { status, summary } = await act(profile, intent);
  assertEquals([status, summary], ["failed", REFUSED]);
  assertEquals(await isPresent(join(profile.root, "ran")), false);
});

Deno.test("a program in the sandbox that prints what bubblewrap might is told as what it said", async () => {
  const lying = "#!/bin/sh\necho 'bwrap: I lie' >&2\nexit 1\n";
  await using profile = await tempProfile({ config, files: { "sensors/a.sh": lying } });
  assertEquals(await resultsOf(profile), { a: "the sandbox could not be made: bwrap: I lie" });
});
