import { assertEquals } from "@std/assert";
import { renderAttention } from "../../src/cli/output/inbox.ts";
import { PLAIN } from "../../src/cli/output/view.ts";
import type { AttentionItem } from "../../src/schema/ask.ts";

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
      '  looop reject p1 "why not"',
      "⚑ docs waits for you",
      "  │ look",
      "  │ here",
      "  looop attach docs",
      "  looop unflag docs",
      "⚑ nothing ticks",
      "  │ no pulse is running: looop",
      "  looop up",
      "⚑ the loop is parked",
      "  │ refused credentials",
      "  looop resume",
    ],
  );
});
