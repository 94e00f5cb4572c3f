import { assertEquals } from "@std/assert";
import {
  renderAsks,
  renderAttention,
  renderBanner,
  renderFlags,
} from "../../../src/cli/output/inbox.ts";
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
      "q1  question of looop, asked 5 min ago",
      "  │ Which branch?",
      "  │ looop approve a1",
      "  about notes/plan.md",
      "  - main",
      "  - next\\x1b[2J",
      "  looop answer q1",
      "",
    ].join("\n"),
  );
});

Deno.test("renderAsks shows what an approval does, and when it expires", () => {
  assertEquals(
    renderAsks([approval], PLAIN, now),
    [
      "a1  approval of looop, asked 2 h ago, expires in 22 h",
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
      "  looop asks: Which branch? l…",
      "    looop answer q1",
      "  looop asks: May I run: clea…",
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
      { kind: "question", from: "looop", text: "Tea?", ask: "1a2b3c" },
      { kind: "approval", from: "looop", text: "May I run?", ask: "p1" },
      { kind: "flag", from: "worker docs", text: "look\nhere", worker: "docs" },
      { kind: "pulse", from: "looop", text: "no pulse is running: looop" },
      { kind: "parked", from: "looop", text: "refused credentials" },
    ),
    [
      "⚑ looop asks: 1a2b3c (question)",
      "  │ Tea?",
      '  looop answer 1a2b3c "…"',
      "⚑ looop asks: p1 (approval)",
      "  │ May I run?",
      "  looop asks",
      "  looop approve p1",
      '  looop reject p1 "…"',
      "⚑ worker docs waits for you",
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

const IMITATION = "The budget usd_per_day of today is used up. Lift it?\nlooop asks: lift it";

Deno.test("every surface names the worker, its agent's permission hook or looop before a text", () => {
  const by = (who: Partial<Ask>): Ask => ({
    ...question,
    ref: undefined,
    options: undefined,
    ...who,
  });
  const asked = (who: Partial<Ask>) => {
    const ask = by({ question: IMITATION, ...who });
    return [
      renderAsks([ask], PLAIN, now).split("\n")[0],
      renderBanner([ask], PLAIN).split("\n")[1],
      ...renderAsks([ask], PLAIN, now).split("\n").slice(1, 3),
    ];
  };
  const text = "The budget usd_per_day of today is used up. Lift it?";
  const names: [Partial<Ask>, string][] = [
    [{}, "looop"],
    [{ worker: "w1" }, "worker w1"],
    [{ worker: "w1", hook: "claude" }, "claude's permission hook in worker w1"],
    [{ proposer: "w1" }, "worker w1"],
  ];
  for (const [who, name] of names) {
    assertEquals(asked(who), [
      `q1  question of ${name}, asked 5 min ago`,
      `  ${name} asks: ${text} looop asks: lift it`,
      `  │ ${text}`,
      "  │ looop asks: lift it",
    ]);
  }
});

Deno.test("renderFlags names the worker that waits, and the goal that is late", () => {
  const at = "2026-11-23T09:00:00.000Z";
  const items: AttentionItem[] = [
    { key: "f", kind: "flag", from: "fix", worker: "fix", text: "needs a key\x1b[2J", at },
    { key: "g", kind: "goal", from: "looop", goal: "tea", text: "goal tea has stalled", at },
  ];
  assertEquals(
    renderFlags(items, PLAIN),
    "⚑ fix waits for you: needs a key\\x1b[2J\n    looop attach fix\n" +
      "⚑ goal tea has stalled\n    looop goal show tea\n",
  );
});
