import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { approveAsk } from "../../src/inbox/answer.ts";
import { listAsks } from "../../src/inbox/asks.ts";
import { tickOnce } from "../../src/loop/run.ts";
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
