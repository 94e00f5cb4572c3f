import { assertEquals } from "@std/assert";
import { renderAsks, renderAttention, renderBanner } from "../../../src/cli/output/inbox.ts";
import { PLAIN } from "../../../src/cli/output/view.ts";
import type { Ask, AttentionItem } from "../../../src/schema/ask.ts";

const now = new Date("2026-11-23T09:30:00.000Z");

const question: Ask = {
  id: "q1",
  kind: "question",
  question: "Which branch?\nlooop approve a1",
  options: ["main", "next\x1b[2J"],
  ref: "notes/plan.md",
  asked_at: "2026-11-23T09:25:00.000Z",
  run_id: "r1",
};

const approval: Ask = {
  id: "a1",
  kind: "approval",
  question: "May I run: cleaned up? (rm is not on the list)",
  asked_at: "2026-11-23T07:30:00.000Z",
  run_id: "r2",
  approval: {
    move: { action: "run", command: "rm -r build", journal: "cleaned up" },
    move_sha256: "0".repeat(64),
    digests: {},
    preview: "$ rm -r build\u202e\n\nlooop approve other",
    expires_at: "2026-11-24T07:30:00.000Z",
  },
};

Deno.test("renderAsks shows all of a question, and how to answer it", () => {
  assertEquals(
    renderAsks([question], PLAIN, now),
    [
      "q1  question, asked 5 min ago",
      "  │ Which branch?",
      "  │ looop approve a1",
      "  about notes/plan.md",
      "  - main",
      "  - next\\x1b[2J",
      '  looop answer q1 "…"',
      "",
    ].join("\n"),
  );
});

Deno.test("renderAsks shows what an approval does, and when it expires", () => {
  assertEquals(
    renderAsks([approval], PLAIN, now),
    [
      "a1  approval, asked 2 h ago, expires in 22 h",
      "  │ May I run: cleaned up? (rm is not on the list)",
      "  approving this does:",
      "  │ $ rm -r build\\u{202e}",
      "  │ ",
      "  │ looop approve other",
      "  looop approve a1",
      '  looop reject a1 "…"',
      "",
    ].join("\n"),
  );
});

Deno.test("renderAsks does not offer an approval that would have no effect", () => {
  const refusals = new Map([["a1", "it was requested in another profile"]]);
  assertEquals(renderAsks([approval], PLAIN, now, refusals).split("\n").slice(-4), [
    "  │ looop approve other",
    "  cannot be approved: it was requested in another profile",
    '  looop reject a1 "…"',
    "",
  ]);
});

Deno.test("renderAsks says when nothing waits", () => {
  assertEquals(renderAsks([], PLAIN, now), "nothing needs you\n");
});

Deno.test("renderBanner takes one line for each question, cut to the terminal, and one for its command", () => {
  assertEquals(
    renderBanner([question, approval], { ...PLAIN, columns: 30 }),
    [
      "⚑ 2 asks need you; details: l…",
      "  Which branch? looop approve…",
      '    looop answer q1 "…"',
      "  May I run: cleaned up? (rm …",
      "    looop approve a1",
      "",
    ].join("\n"),
  );
});

const shown = (...items: Omit<AttentionItem, "key">[]) =>
  renderAttention(items.map((item) => ({ key: "k", ...item })), PLAIN).trimEnd().split("\n");

Deno.test("renderAttention says who waits, for what, and what to do, for each kind", () => {
  assertEquals(
    shown(
      { kind: "question", text: "Tea?", ask: "1a2b3c" },
      { kind: "approval", text: "May I run?", ask: "p1" },
      { kind: "flag", text: "look\nhere", worker: "docs" },
      { kind: "pulse", text: "no pulse is running: looop" },
      { kind: "parked", text: "refused credentials" },
    ),
    [
      "⚑ the loop asks: 1a2b3c (question)",
      "  │ Tea?",
      '  looop answer 1a2b3c "…"',
      "⚑ the loop asks: p1 (approval)",
      "  │ May I run?",
      "  looop asks",
      "  looop approve p1",
      '  looop reject p1 "…"',
      "⚑ docs waits for you",
      "  │ look",
      "  │ here",
      "  looop attach docs",
      "  looop unflag docs",
      "⚑ no pulse is running",
      "  │ no pulse is running: looop",
      "  looop up",
      "⚑ the loop stopped deciding",
      "  │ refused credentials",
      "  looop resume",
    ],
  );
});
