import { assertEquals, assertThrows } from "@std/assert";
import { readAnswer } from "../../src/inbox/answer.ts";
import { type Ask, isYes, readConsent } from "../../src/schema/ask.ts";
import { UserError } from "../../src/schema/errors.ts";

const ask: Ask = {
  id: "1a2b3c",
  kind: "question",
  question: "Which?",
  asked_at: "2026-11-23T09:00:00.000Z",
  run_id: "r1",
};
const approval: Ask = {
  ...ask,
  kind: "approval",
  approval: {
    move: { action: "run", command: "make", journal: "made it" },
    move_sha256: "0".repeat(64),
    digests: {},
    preview: "$ make",
    expires_at: "2026-11-24T09:00:00.000Z",
  },
};
const withOptions = (...options: string[]): Ask => ({ ...ask, options });

const CONSENT: [stored: string | null, texts: string[]][] = [
  ["yes", ["yes", "y", "YES", " ok ", "Okay.", "allow", "Allowed!", "approve", "approved"]],
  ["no", ["no", "n", "No.", "deny", "denied", "reject", "rejected", "REFUSE", "refused!"]],
  ["no: not today", ["no: not today", "No, not today", "deny; not today", "reject – not today"]],
  [null, [
    "maybe",
    "yes, but later",
    "no problem",
    "not now",
    "yesterday",
    "okey dokey",
    "allow all",
  ]],
];

for (const [stored, texts] of CONSENT) {
  Deno.test(`readConsent reads ${texts.join(" | ")} as ${stored}`, () => {
    for (const text of texts) {
      assertEquals(readConsent(text), stored, text);
      assertEquals(isYes({ text }), stored === "yes", text);
    }
  });
}

Deno.test("readAnswer stores what a plain word means to an approval, and refuses any other", () => {
  assertEquals(readAnswer(approval, "Allow"), "yes");
  assertEquals(readAnswer(approval, "deny"), "no");
  assertEquals(readAnswer(approval, "no: the tests\nare red"), "no: the tests\nare red");
  for (
    const [text, other] of [["lgtm", false], ["yes, after lunch", false], ["do it", true]] as const
  ) {
    const error = assertThrows(() => readAnswer(approval, text, { other }), UserError);
    assertEquals(
      error.message,
      `cannot answer 1a2b3c: it is an approval, and ${
        JSON.stringify(text)
      } is neither yes nor no; ` +
        'run looop approve 1a2b3c, or looop reject 1a2b3c "reason"',
    );
  }
});

const PICKED: [options: string[], text: string, picked: string][] = [
  [["allow", "deny"], "ALLOW", "allow"],
  [["allow", "deny"], "yes", "allow"],
  [["allow", "deny"], " No ", "deny"],
  [["Squash", "Merge  commit"], "merge commit", "Merge  commit"],
  [["squash", "merge commit"], "Merge", "merge commit"],
  [["Main", "main"], "main", "main"],
  [["1", "10", "100"], "1", "1"],
  [["no", "not now"], "no", "no"],
];

for (const [options, text, picked] of PICKED) {
  Deno.test(`readAnswer takes "${text}" of ${options.join(" | ")} as "${picked}"`, () => {
    assertEquals(readAnswer(withOptions(...options), text), picked);
  });
}

const REFUSED: [options: string[], text: string][] = [
  [["squash", "merge"], "rebase"],
  [["squash", "merge"], "yes"],
  [["not now", "never"], "no"],
  [["merge now", "merge later"], "merge"],
  [["red", "reddish"], "re"],
];

for (const [options, text] of REFUSED) {
  Deno.test(`readAnswer refuses "${text}" of ${options.join(" | ")}, unless another answer is meant`, () => {
    const question = withOptions(...options);
    const error = assertThrows(() => readAnswer(question, text), UserError);
    const list = options.map((option) => `"${option}"`).join(", ");
    assertEquals(
      error.message,
      `cannot answer 1a2b3c: "${text}" is not one of its options: ${list}; ` +
        "to give another answer, add --other",
    );
    assertEquals(readAnswer(question, text, { other: true }), text);
  });
}

Deno.test("readAnswer takes any text for a question without options, and yes or no for a budget", () => {
  assertEquals(readAnswer(ask, " tea,\n please "), " tea,\n please ");
  const hold: Ask = {
    ...withOptions("lift it for today", "keep it"),
    hold: { budget: "usd_per_day", day: "2026-11-23" },
  };
  assertEquals(
    ["yes", "lift", "Keep it", "no"].map((text) => readAnswer(hold, text)),
    ["lift it for today", "lift it for today", "keep it", "keep it"],
  );
  assertThrows(() => readAnswer(ask, " \n"), UserError, "the answer is empty");
});
