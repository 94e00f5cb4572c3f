import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { findAsk, listAsks } from "../../src/inbox/asks.ts";
import type { Ask } from "../../src/schema/ask.ts";
import { UserError } from "../../src/schema/errors.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { FILE_NAMES, putFile, someFile } from "./files.ts";
import { fuzz, ON_DISK_MS } from "./fuzz.ts";
import { jsonTexts } from "./hostile_json.ts";
import { hostileText } from "./hostile_text.ts";
import { assertMove, someMove } from "./valid_move.ts";

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 1 });
const mostly = <T>(good: T[], bad: T[]) =>
  fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...good) },
    { weight: 1, arbitrary: fc.constantFrom(...bad) },
  );
const time = mostly(
  ["2026-11-23T09:30:00.000Z", "2026-11-24T09:30:00Z"],
  ["", "tomorrow", "2026-11-23", "2026-13-45T09:30:00Z", "2026-11-23T09:30:00+01:00", "9"],
);
const move = fc.oneof(
  { weight: 1, arbitrary: someMove },
  {
    weight: 3,
    arbitrary: fc.record({
      action: fc.constant("run"),
      command: fc.constant("ls"),
      journal: fc.constantFrom("look", " look\nanswer: yes"),
    }),
  },
);
const approval = fc.record({
  move,
  move_sha256: fc.constant("00"),
  digests: mostly<unknown>([{}, { "PLAYBOOK.md": null }], [{ a: 1 }]),
  preview: fc.constant("$ ls"),
  expires_at: time,
  profile: maybe(fc.constant("x")),
});

const askNamed = (name: string) =>
  fc.tuple(
    fc.record({
      id: mostly([name], ["b", "", "A"]),
      question: hostileText(),
      options: maybe(fc.array(hostileText(), { maxLength: 3 })),
      ref: maybe(fc.constant("https://example.org")),
      asked_at: time,
      run_id: fc.constant("20261123t093000-1a2b3c4d"),
      worker: maybe(mostly(["fix-ci"], ["A", ""])),
      tainted: maybe(fc.boolean()),
      hold: maybe(
        fc.record({
          budget: mostly(["usd_per_day"], ["workers"]),
          day: fc.constant("2026-11-23"),
        }),
      ),
      answer: maybe(fc.record({ text: fc.constantFrom("yes", "no"), at: time })),
      closed_by: maybe(fc.constant("orphaned")),
    }),
    fc.oneof(
      { weight: 8, arbitrary: fc.constant<unknown>({ kind: "question" }) },
      { weight: 8, arbitrary: approval.map((approval) => ({ kind: "approval", approval })) },
      { weight: 1, arbitrary: approval.map((approval) => ({ kind: "question", approval })) },
      { weight: 1, arbitrary: fc.constant<unknown>({ kind: "approval" }) },
    ),
  ).map(([ask, kind]) => ({ ...ask, ...kind as object }));

const profile = await tempProfile();
const { asks } = profile.paths;
globalThis.addEventListener("unload", () => Deno.removeSync(profile.root, { recursive: true }));

fuzz("asks", {
  input: fc.constantFrom(...FILE_NAMES).chain((name) =>
    fc.tuple(fc.constant(name), someFile(jsonTexts(askNamed(name))))
  ),
  deadlineMs: ON_DISK_MS,
  shares: { accepted: 0.03, refused: 0.3 },
  async check([name, file]) {
    using _ = await putFile(asks, `${name}.json`, file);
    const list = await listAsks(profile);
    assert(list.asks.length + list.broken.length <= 1);
    let one: Ask | null = null;
    try {
      one = await findAsk(profile, name);
    } catch (error) {
      assert(
        error instanceof UserError || /^cannot read /.test((error as Error).message),
        `it threw ${error}`,
      );
    }
    if (one) assertEquals(list.asks, [one]);
    for (const why of list.broken) {
      assert(why.length > 0 && why.length < 20_000);
    }
    const [ask] = list.asks;
    if (!ask) return "refused";
    assertAsk(ask, name);
    return "accepted";
  },
});

function assertAsk(ask: Ask, name: string): void {
  assertEquals(ask.id, name);
  assert(/^[a-z0-9][a-z0-9_-]{0,63}$/.test(ask.id));
  assert(ask.kind === "question" || ask.kind === "approval");
  // They are compared as texts, so they must be of one form.
  for (const at of [ask.approval?.expires_at, ask.answer?.at]) {
    if (at === undefined) continue;
    assert(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/.test(at) && !isNaN(Date.parse(at)),
      `${at} is no time`,
    );
  }
  if (ask.approval) {
    const { move } = ask.approval;
    assertMove({ ...move, journal: move.journal.replaceAll(/[\p{Cc}\u2028\u2029]/gu, " ").trim() });
  }
  // An approval asks for a move, and a question does not.
  assertEquals(ask.kind === "approval", ask.approval !== undefined);
}
