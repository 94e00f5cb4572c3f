import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { readIntent, writeIntent } from "../../src/profile/runs.ts";
import { UserError } from "../../src/schema/errors.ts";
import type { Intent } from "../../src/schema/decision.ts";
import { pathsOf } from "../../src/profile/paths.ts";
import { NO_ACTION } from "../../src/schema/action.ts";
import { commandAs } from "../support/run_as.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { putFile, someFile } from "./files.ts";
import { fuzz, ON_DISK_MS } from "./fuzz.ts";
import { jsonTexts } from "./hostile_json.ts";
import { assertMove, someMove } from "./valid_move.ts";

const move = fc.oneof(
  { weight: 1, arbitrary: someMove },
  { weight: 3, arbitrary: fc.constant({ action: "noop", reason: "calm", journal: "looked" }) },
);
const intent = fc.record({
  run_id: fc.constant("20261123t093000-1a2b3c4d"),
  at: fc.constant("2026-11-23T09:30:00.000Z"),
  by: fc.constantFrom("approval", "rule", "runner", "code"),
  source: fc.constant("pi"),
  move,
  verdict: fc.constant({ then: "allow", rule: "noop", why: "it does nothing" }),
  action: fc.constantFrom<unknown>(NO_ACTION, {
    ...NO_ACTION,
    command: commandAs({ paths: pathsOf("/d") }, ["ls"]),
  }),
  tainted: fc.boolean(),
  digests: fc.constantFrom<unknown>({}, { "PLAYBOOK.md": null }),
  world: fc.constant("w"),
  baseline: fc.constantFrom<unknown>(null, { playbook: { sha256: "00", was: "x" } }),
  fired: fc.constantFrom<unknown>(null, { "a/b": "00" }),
  closes: fc.constantFrom<string[]>([], ["a1"]),
  journal_bytes: fc.constantFrom(0, 1234),
});

const profile = await tempProfile();
globalThis.addEventListener("unload", () => Deno.removeSync(profile.root, { recursive: true }));

fuzz("intent", {
  input: someFile(jsonTexts(intent)),
  deadlineMs: ON_DISK_MS,
  shares: { accepted: 0.1, refused: 0.3 },
  async check(file) {
    using _ = await putFile(profile.paths.own, "intent.json", file);
    let intent: Intent | null;
    try {
      intent = await readIntent(profile);
    } catch (error) {
      assert(
        error instanceof UserError || /^cannot read /.test((error as Error).message),
        `it threw ${error}`,
      );
      return "refused";
    }
    if (intent === null) {
      assert(typeof file === "object" && "kind" in file && file.kind === "dangling");
      return "refused";
    }
    const { at, by, move, verdict, action, journal_bytes } = intent;
    assert(!Number.isNaN(new Date(at).getTime()), `${at} is no time`);
    assert(
      ["approval", "rule", "runner", "code"].includes(by) &&
        ["allow", "ask", "deny"].includes(verdict.then),
    );
    assertMove({ ...move, journal: move.journal.replaceAll(/[\p{Cc}\u2028\u2029]/gu, " ").trim() });
    assert(action.command === null || action.command.argv.length > 0);
    assert(Number.isSafeInteger(journal_bytes) && journal_bytes >= 0, `${journal_bytes} bytes`);
    await writeIntent(profile, intent);
    assertEquals(await readIntent(profile), intent);
    return "accepted";
  },
});
