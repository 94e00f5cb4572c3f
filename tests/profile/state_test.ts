import { assertEquals, assertRejects } from "@std/assert";
import { readState, writeState } from "../../src/profile/state.ts";
import { UserError } from "../../src/schema/errors.ts";
import { INITIAL_STATE } from "../../src/schema/state.ts";
import { tempProfile } from "../support/temp_profile.ts";

const CALM = { ...INITIAL_STATE, baseline: { playbook: { sha256: "00", was: "x" } } };

Deno.test("readState gives the initial state where there is none, else what was written", async () => {
  await using profile = await tempProfile();
  assertEquals(await readState(profile), INITIAL_STATE);
  await writeState(profile, CALM);
  assertEquals(await readState(profile), CALM);
});

for (
  const [what, text] of [
    ["null", "null"],
    ["a text", '"x"'],
    ["half a file", JSON.stringify(CALM).slice(0, -9)],
    [
      "an unknown key in the baseline",
      JSON.stringify({ ...CALM, baseline: { a: { sha256: "00", was: "x", extra: 1 } } }),
    ],
    ["a baseline without its text", JSON.stringify({ ...CALM, baseline: { a: { sha256: "00" } } })],
    ["a fired rule without a digest", JSON.stringify({ ...CALM, fired: { "a/b": 1 } })],
  ]
) {
  Deno.test(`readState refuses ${what}, and says how to restore it`, async () => {
    await using profile = await tempProfile({ files: { "state.json": text } });
    const error = await assertRejects(() => readState(profile), UserError, profile.paths.state);
    assertEquals(error.message.split("\n").at(-1)?.split(" (")[0], "Restore it");
  });
}

Deno.test("readState reads a state that an older looop wrote with its used-up budget, without that", async () => {
  const old = new URL("../fixtures/state-with-hold.json", import.meta.url);
  await using profile = await tempProfile({
    files: { "state.json": await Deno.readTextFile(old) },
  });
  const state = await readState(profile);
  assertEquals(Object.keys(state), Object.keys(INITIAL_STATE));
  assertEquals(state.decided_at, "2026-11-23T09:00:00.000Z");
});
