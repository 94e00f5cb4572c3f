import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { readHeader } from "../../src/sense/header.ts";
import { fuzz } from "./fuzz.ts";
import { hostileText, mutated, repeated } from "./hostile_text.ts";

const WORDS = [
  ...[
    "interval=300",
    "interval=0",
    "interval=1e3",
    "interval=604801",
    "timeout=10",
    "grace=0",
    "grace=11",
    "timeout=0.5",
    "timeout=601",
  ],
  ...[
    "trust=untrusted",
    "trust=trusted",
    "trust=",
    "env=GITHUB_TOKEN",
    "env=A,B",
    "env=LD_PRELOAD",
    "env=",
    "env=a b",
  ],
  ...[
    "allow-net=api.github.com",
    "allow-net=*",
    "allow-net=[::1]:80",
    "allow-read=/etc",
    "allow-read=~",
    "allow-net=a,b",
  ],
  ...[
    "allow-sys=hostname",
    "allow-env=BASH_ENV",
    "allow-env=TOKEN",
    "allow-run=id",
    "allow-write=/",
    "allow-all",
    "-A",
    "=",
    "interval",
  ],
  ...[
    "allow-net=a..b",
    "allow-net=a:99999999",
    "allow-read=a\u200bb",
    "allow-net=evil.com/x",
    "NODE_OPTIONS=x",
    "env=NODE_OPTIONS",
  ],
];
const GOOD = ["interval=300", "timeout=10", "trust=untrusted", "env=GITHUB_TOKEN"];

const line = fc.tuple(
  fc.constantFrom("# looop: ", "// looop: ", "#looop:", "  # looop: ", "# looop ", "x # looop: "),
  fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...GOOD) },
      { weight: 2, arbitrary: fc.constantFrom(...WORDS) },
      { weight: 1, arbitrary: mutated(fc.constantFrom(...WORDS)) },
    ),
    { maxLength: 3 },
  ),
  fc.constantFrom("\n", "\r\n", "\n\n", "\r", "\u2028"),
).map(([start, words, end]) => start + words.join(" ") + end);
const script = fc.tuple(
  fc.constantFrom("", "#!/bin/sh\n", "\ufeff", "\n".repeat(19), "\n".repeat(20)),
  fc.array(line, { maxLength: 3 }),
).map(([start, lines]) => start + lines.join(""));

fuzz("sensor header", {
  input: fc.tuple(
    fc.oneof(
      { weight: 6, arbitrary: script },
      { weight: 1, arbitrary: mutated(script, WORDS) },
      { weight: 1, arbitrary: hostileText([...WORDS, "# looop: "]) },
      {
        weight: 1,
        arbitrary: repeated([...WORDS, "# looop:", "a.", "-"]).map((text) =>
          `# looop: allow-net=${text}`
        ),
      },
    ),
    fc.constantFrom<"any" | "ts">("any", "ts"),
  ),
  shares: { accepted: 0.2, refused: 0.2 },
  check([script, language]) {
    const read = readHeader(script, language);
    if (!read.ok) {
      assert(read.error.length < 600 && !/[\n\r]/.test(read.error), read.error);
      return "refused";
    }
    const { interval, timeout, grace, trusted, env, allow } = read.header;
    assert(
      interval >= 0 && interval <= 604_800 && (timeout === null || timeout > 0 && timeout <= 600),
    );
    assert(Number.isInteger(grace) && grace >= 0 && grace <= 10, `grace ${grace}`);
    for (const name of env) {
      assert(/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !name.includes("\n"), `env ${name}`);
      assert(!/^(LD_|DYLD_|BASH|SHELLOPTS|DENO_|NODE_)/.test(name), `env ${name}`);
    }
    for (const host of allow.net) {
      assert(/^[A-Za-z0-9*[\]:.-]+$/.test(host) && host !== "*", `host ${host}`);
    }
    for (const path of allow.read) {
      assert(path !== "" && !/[\p{C}~]/u.test(path[0]) && !/\p{C}/u.test(path));
    }
    for (const name of allow.sys) assert(/^[A-Za-z]+$/.test(name));
    if (language !== "ts") assertEquals(allow, { net: [], read: [], sys: [] });
    // A restriction that stands where a header may stand is never missed.
    const first = script.split("\n").slice(0, 20).map((one) => one.trimEnd());
    const says = (word: string) =>
      first.some((one) =>
        /^\s*(#|\/\/)\s*looop:/.test(one) &&
        one.slice(one.indexOf("looop:") + 6).split(/\s+/).includes(word)
      );
    assertEquals(trusted, !says("trust=untrusted"));
    if (says("interval=300")) assertEquals(interval, 300);
    return "accepted";
  },
});
