import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { approveAsk, rejectAsk } from "../../src/inbox/answer.ts";
import { findAsk } from "../../src/inbox/asks.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { makeMask, NO_MASK } from "../../src/mask/mask.ts";
import { UserError } from "../../src/schema/errors.ts";
import type { Move } from "../../src/schema/move.ts";
import { scripted } from "../support/scripted_decider.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { CANARY, filesWithCanary, NAME, tracesIn } from "./canary.ts";

const MASKED = `[masked ${NAME}]`;

/** Quoted for bash. */
const QUOTED = `'${CANARY.replaceAll("'", `'\\''`)}'`;
const journal = "does it";
const MOVES: Record<string, Move> = {
  run: { action: "run", command: `printf %s ${QUOTED} >reports/out`, journal },
  write_sensor: {
    action: "write_sensor",
    name: "s.sh",
    script: `#!/bin/sh\n# ${CANARY}\necho '{}'\n`,
    journal,
  },
  write_playbook: { action: "write_playbook", body: `# Use ${CANARY}\n`, journal },
  start_worker: {
    action: "start_worker",
    id: "w",
    prompt: `Log in with ${CANARY}`,
    verify: "touch x",
    journal,
  },
};

const environment = { [NAME]: CANARY };

/** Requests approval of a move by a tick. */
async function request(profile: TempProfile, move: Move): Promise<string> {
  const result = await tickOnce(profile, { decider: scripted(move).decide });
  assert(result.outcome === "moved" && result.result.ask_id, JSON.stringify(result));
  return result.result.ask_id;
}

for (const [action, move] of Object.entries(MOVES)) {
  Deno.test(`a secret in a ${action} that waits for approval is in no file in the clear, and not in git`, async () => {
    await using profile = await tempProfile({ env: environment });
    const id = await request(profile, move);
    assertEquals(await filesWithCanary(profile.paths.dataDir), []);
    const ask = await findAsk(profile, id);
    assertStringIncludes(JSON.stringify(ask?.approval?.move), MASKED);
    assertStringIncludes(ask?.approval?.preview ?? "", MASKED);
    // Answered by a process that knows no secret, as a terminal of the user may.
    await approveAsk({ ...profile, mask: NO_MASK }, id);
    assertEquals(await filesWithCanary(profile.paths.dataDir), []);
  });
}

Deno.test("an approved move with a secret is applied as it was decided, and its exact form forgotten", async () => {
  await using profile = await tempProfile({ env: environment });
  const id = await request(profile, MOVES.run);
  await approveAsk(profile, id);
  const decider = scripted();
  const result = await tickOnce(profile, { decider: decider.decide });
  assert(result.outcome === "moved" && result.decision.by === "approval");
  assertEquals(await profile.read("reports/out"), CANARY);
  assertEquals(await Array.fromAsync(Deno.readDir(profile.paths.moves)), []);
  await Deno.remove(join(profile.paths.reports, "out"));
  assertEquals(await filesWithCanary(profile.paths.dataDir), []);
});

Deno.test("a rejected move with a secret leaves nothing of it", async () => {
  await using profile = await tempProfile({ env: environment });
  const id = await request(profile, MOVES.write_playbook);
  await rejectAsk(profile, id, `not ${CANARY}`);
  const decider = scripted();
  await tickOnce(profile, { decider: decider.decide });
  assertEquals(decider.prompts.flatMap(tracesIn), []);
  assertEquals(await filesWithCanary(profile.paths.dataDir), []);
  assertEquals(await Array.fromAsync(Deno.readDir(profile.paths.moves)), []);
});

Deno.test("a move with a secret is not asked for again while it waits", async () => {
  await using profile = await tempProfile({ env: environment });
  await request(profile, MOVES.run);
  await profile.write("PLAYBOOK.md", "# Other\n");
  const again = { ...MOVES.run, journal: "tries again" };
  const result = await tickOnce(profile, { decider: scripted(again).decide });
  assert(result.outcome === "failed", JSON.stringify(result));
  assertStringIncludes(result.error.message, "already waits for the user's approval");
});

const CHANGES: [what: string, change: (profile: TempProfile, id: string) => Promise<void>][] = [
  ["whose exact form is missing, as in a clone", async ({ paths }, id) => {
    await Deno.remove(join(paths.moves, id));
  }],
  ["whose exact form is damaged", async ({ paths }, id) => {
    const path = join(paths.moves, id);
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace(/.$/m, (sign) => sign === "A" ? "B" : "A"));
  }],
  ["whose exact form is of another profile", async ({ paths }) => {
    await Deno.writeTextFile(paths.secret, "0".repeat(32) + "\n");
  }],
  ["whose digest was changed", async (profile, id) => {
    const path = `asks/${id}.json`;
    const text = await profile.read(path);
    await profile.write(
      path,
      text.replace(/(?<="move_sha256": ")\w/, (digit) => digit === "0" ? "1" : "0"),
    );
  }],
];

for (const [what, change] of CHANGES) {
  Deno.test(`approveAsk refuses a move with a secret ${what}`, async () => {
    await using profile = await tempProfile({ env: environment });
    const id = await request(profile, MOVES.run);
    await change(profile, id);
    await assertRejects(
      () => approveAsk(profile, id),
      UserError,
      "its move holds a secret, and is kept only in the data directory that requested it",
    );
  });
}

Deno.test("a move that an older looop wrote in the clear is masked before the next commit, and can be approved", async () => {
  await using profile = await tempProfile({ env: environment });
  const id = await request({ ...profile, mask: NO_MASK } as TempProfile, {
    ...MOVES.run,
    action: "run",
    command: `printf %s ${QUOTED} >reports/out`,
  } as Move);
  assertStringIncludes(await profile.read(`asks/${id}.json`), "Canary");
  await approveAsk({ ...profile, mask: makeMask(environment, []) }, id);
  assertEquals(tracesIn(await profile.read(`asks/${id}.json`)), []);
  const result = await tickOnce(profile, { decider: scripted().decide });
  assert(result.outcome === "moved" && result.decision.by === "approval");
  assertEquals(await profile.read("reports/out"), CANARY);
});
