import { assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli";
import { unicodeWidth } from "@std/unicode-width";

Deno.test("parseArgs types and fills what its options name", () => {
  const args = parseArgs(["tick", "--json", "-m", "07", "--add", "a", "--add", "b", "--", "-x"], {
    string: ["_", "model", "add", "since"],
    boolean: ["json", "dry-run"],
    collect: ["add"],
    alias: { model: "m" },
    default: { since: "today" },
  });
  const typed: {
    _: string[];
    model: string | undefined;
    add: string[];
    since: string;
    json: boolean;
    "dry-run": boolean;
  } = args;
  assertEquals<unknown>(typed, {
    _: ["tick", "-x"],
    model: "07",
    m: "07",
    add: ["a", "b"],
    since: "today",
    json: true,
    "dry-run": false,
  });
});

Deno.test("parseArgs stops at the first positional argument when told to", () => {
  const { _, json } = parseArgs(["--json", "help", "--all"], {
    string: ["_"],
    boolean: ["json"],
    stopEarly: true,
  });
  assertEquals([_, json], [["help", "--all"], true]);
});

Deno.test("parseArgs tells of arguments that no option names", () => {
  const seen: (string | undefined)[] = [];
  const args = parseArgs(["--jsn", "x"], {
    boolean: ["json"],
    unknown: (argument, flag) => {
      seen.push(argument, flag);
      return false;
    },
  });
  assertEquals<unknown>([seen, args], [["--jsn", "jsn"], { _: [], json: false }]);
});

Deno.test("unicodeWidth counts terminal columns", () => {
  const texts = [
    "",
    "abc",
    "é",
    "e\u0301",
    "日本",
    "한국",
    "ｱ",
    "Ａ",
    "🚀",
    "👩‍👩‍👧",
    "❤️",
    "✓",
    "…",
    "\u200b",
    "\t",
  ];
  assertEquals(texts.map(unicodeWidth), [0, 3, 1, 1, 4, 4, 1, 2, 2, 2, 2, 1, 1, 0, 0]);
});
