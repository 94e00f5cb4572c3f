import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { requestApproval } from "../../src/act/approval.ts";
import { approveAsk } from "../../src/inbox/answer.ts";
import { findAsk, listAsks } from "../../src/inbox/asks.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { profileId } from "../../src/profile/markers.ts";
import { NO_ACCESS } from "../../src/schema/config.ts";
import { canonicalJson, sha256Hex } from "../../src/schema/json.ts";
import type { Move } from "../../src/schema/move.ts";
import { scripted } from "../support/scripted_decider.ts";
import { tempProfile } from "../support/temp_profile.ts";

Deno.test("a used approval that comes back is closed again, and its move is not made twice", async () => {
  await using profile = await tempProfile();
  const { paths } = profile;
  const decider = scripted({ action: "run", command: "echo x >> made; :", journal: "made it" });
  const asked = await tickOnce(profile, { decider: decider.decide });
  assert(asked.outcome === "moved");
  const file = `${asked.result.ask_id}.json`;
  await approveAsk(profile, asked.result.ask_id ?? "");
  const approved = await Deno.readTextFile(join(paths.asks, file));
  await tickOnce(profile, { decider: decider.decide });
  await tickOnce(profile, { decider: decider.decide });

  await Deno.writeTextFile(join(paths.asks, file), approved);
  await tickOnce(profile, { decider: decider.decide });
  assertEquals((await listAsks(profile)).asks, []);
  assertEquals(await profile.read("made"), "x\n");
});

for (const tainted of [true, false]) {
  Deno.test(`requestApproval asks for 24 hours for this exact move, marked where it is tainted: ${tainted}`, async () => {
    const now = () => new Date("2026-11-23T09:30:00.000Z");
    await using profile = await tempProfile({ clock: { now, sleep: () => Promise.resolve() } });
    const move: Move = { action: "run", command: "make", journal: "built" };
    const digests = { "goals/tea.md": null };
    const outcome = await requestApproval(profile, {
      ...{ run_id: "r-1", at: "2026-11-23T09:30:00.000Z", by: "runner", source: "pi", move },
      ...{ verdict: { then: "ask", rule: "run", why: "it may write" }, argv: null, tainted },
      ...{
        access: NO_ACCESS,
        verify_access: NO_ACCESS,
        reads: null,
        verify_reads: null,
        slots: [],
        digests,
        world: "w",
        baseline: null,
      },
      ...{ fired: null, closes: [], ended: [], journal_bytes: 0 },
    });
    const id = (await sha256Hex("ask r-1")).slice(0, 6);
    assertEquals(outcome, {
      ...{ status: "asked", summary: `needs your approval: ${id}`, ask_id: id },
      paths: [`asks/${id}.json`],
    });
    assertEquals(await findAsk(profile, id), {
      ...{ id, kind: "approval", asked_at: "2026-11-23T09:30:00.000Z", run_id: "r-1" },
      question: "Approve run: built? Reason: it may write",
      approval: {
        move,
        move_sha256: await sha256Hex(canonicalJson(move)),
        digests,
        preview: `$ make\nin ${profile.paths.dataDir}, read by bash`,
        expires_at: "2026-11-24T09:30:00.000Z",
        profile: await profileId(profile),
      },
      ...(tainted ? { tainted } : {}),
    });
  });
}
