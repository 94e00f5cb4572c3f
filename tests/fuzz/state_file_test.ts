import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { readState, writeState } from "../../src/profile/state.ts";
import { UserError } from "../../src/schema/errors.ts";
import { INITIAL_STATE, type State, stateSchema } from "../../src/schema/state.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { putFile, someFile } from "./files.ts";
import { fuzz, ON_DISK_MS } from "./fuzz.ts";
import { jsonTexts } from "./hostile_json.ts";
import { hostileText } from "./hostile_text.ts";

const entry = fc.record({ sha256: fc.constant("00"), was: hostileText() });
const time = fc.constantFrom("2026-11-23T09:30:00.000Z", null);
const calm = fc.record({
  version: fc.constant(1),
  baseline: fc.dictionary(fc.constantFrom("playbook", "goal:a", "sensor:b", "__proto__"), entry, {
    maxKeys: 2,
  }),
  again: fc.boolean(),
  fired: fc.constantFrom({}, { "a/b": "00" }),
  failure: fc.constant(null),
  parked: fc.constant(null),
  last_run: fc.constant(null),
  tainted: fc.boolean(),
  decided_at: time,
  noop_at: time,
  hold: fc.constantFrom(null, undefined, { budget: "usd_per_day" }),
});
const busy = fc.record({
  ...{
    version: fc.constant(1),
    baseline: fc.constant(null),
    again: fc.boolean(),
    fired: fc.constant({}),
  },
  failure: fc.constantFrom(null, {
    world: "w",
    count: 2,
    why: "x",
    at: "2026-11-23T09:30:00.000Z",
  }),
  parked: fc.constantFrom(null, { kind: "auth", why: "x", world: "w", config: "c" }),
  last_run: fc.constantFrom(null, { run_id: "r", command: "ls", exit_code: null, output_tail: "" }),
});

const profile = await tempProfile();
globalThis.addEventListener("unload", () => Deno.removeSync(profile.root, { recursive: true }));

fuzz("state file", {
  input: someFile(
    jsonTexts(fc.oneof<fc.Arbitrary<unknown>[]>(calm, busy, fc.constant(INITIAL_STATE))),
  ),
  deadlineMs: ON_DISK_MS,
  shares: { accepted: 0.1, refused: 0.3 },
  async check(file) {
    using _ = await putFile(profile.paths.dataDir, "state.json", file);
    let state: State;
    try {
      state = await readState(profile);
    } catch (error) {
      assert(
        error instanceof UserError || /^cannot read /.test((error as Error).message),
        `it threw ${error}`,
      );
      return "refused";
    }
    if (typeof file === "object" && "kind" in file) {
      assertEquals([file.kind, state], ["dangling", INITIAL_STATE]);
      return "refused";
    }
    const text = typeof file === "string" ? file : new TextDecoder().decode(file);
    assertEquals(state, stateSchema.parse(JSON.parse(text)));
    for (const { sha256, was, ...rest } of Object.values(state.baseline ?? {})) {
      assertEquals([typeof sha256, typeof was, rest], ["string", "string", {}]);
    }
    await writeState(profile, state);
    assertEquals(await readState(profile), state);
    return "accepted";
  },
});
