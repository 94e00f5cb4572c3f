import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { requestApproval } from "../../src/act/approval.ts";
import { approveAsk } from "../../src/inbox/answer.ts";
import { findAsk, listAsks } from "../../src/inbox/asks.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { placeId, profileId } from "../../src/profile/markers.ts";
import { digestAction } from "../../src/admit/action.ts";
import { NO_ACTION } from "../../src/schema/action.ts";
import { canonicalJson, sha256Hex } from "../../src/schema/json.ts";
import type { Move } from "../../src/schema/move.ts";
import { scripted } from "../support/scripted_decider.ts";
import { commandAs } from "../support/run_as.ts";
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
    const action = { ...NO_ACTION, command: commandAs(profile, ["make"]) };
    const outcome = await requestApproval(profile, {
      ...{ run_id: "r-1", at: "2026-11-23T09:30:00.000Z", by: "runner", source: "pi", move },
      ...{ verdict: { then: "ask", rule: "run", why: "it may write" }, action, tainted },
      ...{
        slots: [],
        digests,
        world: "w",
        baseline: null,
      },
      ...{ fired: null, closes: [], ended: [], journal_bytes: 0 },
    });
    const id = (await sha256Hex("ask r-1")).slice(0, 6);
    assertEquals(outcome, {
      ...{ status: "asked", summary: `needs your approval: ${id}`, ask_id: id, title: "run make" },
      paths: [`asks/${id}.json`],
    });
    assertEquals(await findAsk(profile, id), {
      ...{ id, kind: "approval", asked_at: "2026-11-23T09:30:00.000Z", run_id: "r-1" },
      question: "Approve: run make? Reason: it may write. The decider says: built",
      approval: {
        move,
        move_sha256: await sha256Hex(canonicalJson(move)),
        action_sha256: await digestAction(profile, action),
        digests,
        preview: `$ make\nin ${profile.paths.dataDir}, started without a shell`,
        expires_at: "2026-11-24T09:30:00.000Z",
        profile: await profileId(profile),
        place: await placeId(profile),
      },
      ...(tainted ? { tainted } : {}),
    });
  });
}
