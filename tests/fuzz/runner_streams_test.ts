import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ClaudeReader } from "../../src/decide/runners/claude.ts";
import { CodexReader } from "../../src/decide/runners/codex.ts";
import { OpencodeReader } from "../../src/decide/runners/opencode.ts";
import { PiReader } from "../../src/decide/runners/pi.ts";
import { TextReader } from "../../src/decide/runners/runner.ts";
import type { StreamReader } from "../../src/decide/runners/stream.ts";
import type { RunnerError, RunnerResult } from "../../src/schema/decision.ts";
import { LineSplitter } from "../../src/schema/text.ts";
import { now } from "../decide/runners/read_recorded.ts";
import { fuzz } from "./fuzz.ts";
import { jsonTexts } from "./hostile_json.ts";
import { hostileText, mutated, repeated } from "./hostile_text.ts";

const READERS: Record<string, () => StreamReader> = {
  claude: () => new ClaudeReader(now),
  codex: () => new CodexReader(now),
  opencode: () => new OpencodeReader(now),
  pi: () => new PiReader(now),
  text: () => new TextReader(now),
};

const KINDS = ["auth", "rate_limit", "model", "empty", "exit", "timeout", "stopped", "budget"];
const YEAR_MS = 367 * 86_400_000;

/** What the programs' own messages are made of: where a reader looks for a limit and its end. */
const WORDS = [
  ...[
    "level=ERROR ",
    'message="stream error" ',
    "error.error=",
    "try again in ",
    "9 hours",
    "1h 20m ",
  ],
  ...["again at Nov 25th, 9999 5:43 AM", "again at 13:99 pm", "retry after 1e9 s", "429 ", "(401)"],
  ...[
    "    status: 429,",
    "    'retry-after': '99999999999',",
    "Reconnecting... 1/5 (",
    "rate limit",
  ],
];

/** The recorded streams of one program, line by line. */
async function recorded(program: string, ending: string): Promise<string[][]> {
  const dir = new URL("../fixtures/runner-streams/", import.meta.url);
  const streams: string[][] = [];
  for (const { name } of Deno.readDirSync(dir)) {
    if (!name.startsWith(`${program}-`) || !name.endsWith(ending)) continue;
    streams.push((await Deno.readTextFile(new URL(name, dir))).trimEnd().split("\n"));
  }
  return streams.length > 0 ? streams : [["{}"]];
}

/** Lines left out, twice there, in another order, cut off, with values of other types, or of no such program. */
function lines(streams: string[][]): fc.Arbitrary<string[]> {
  const whole = fc.constantFrom(...streams);
  const events = [...streams.flat(), "{}"].filter((line) => line.startsWith("{"));
  const odd = fc.oneof(
    { weight: 6, arbitrary: jsonTexts(fc.constantFrom(...events).map((line) => JSON.parse(line))) },
    { weight: 2, arbitrary: mutated(fc.constantFrom(...streams.flat()), WORDS) },
    { weight: 1, arbitrary: hostileText(WORDS) },
  );
  return fc.oneof(
    { weight: 2, arbitrary: whole },
    { weight: 2, arbitrary: whole.chain((all) => fc.shuffledSubarray(all)) },
    { weight: 3, arbitrary: fc.array(odd, { maxLength: 5 }) },
    {
      weight: 4,
      arbitrary: fc.tuple(whole, odd, fc.nat()).map(([all, one, at]) =>
        all.toSpliced(at % all.length, at % 2, one)
      ),
    },
  );
}

for (const [program, open] of Object.entries(READERS)) {
  const stdout = await recorded(program, ".jsonl");
  const stderr = await recorded(program, ".stderr");
  fuzz(`runner stream of ${program}`, {
    input: fc.record({
      lines: lines(stdout),
      errorLines: fc.oneof(
        fc.constant<string[]>([]),
        lines(stderr),
        fc.array(repeated(WORDS), { maxLength: 1 }),
        fc.array(fc.constantFrom(...WORDS), { maxLength: 6 }).map((all) => [all.join("")]),
      ),
      status: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 137, 255),
      stderrTail: hostileText(WORDS).map((text) => text.slice(-2048)),
    }),
    shares: program === "text"
      ? { answer: 0.1, "no answer": 0.1 }
      : { answer: 0.02, "no answer": 0.2 },
    check({ lines, errorLines, status, stderrTail }) {
      const reader = open();
      for (const line of lines) assertShowable(reader.line(line));
      for (const line of errorLines) assertShowable(reader.errorLine?.(line));
      if (reader.hopeless) assertError(reader.hopeless);
      const result = reader.end({ status, stderrTail });
      assertResult(result);
      return result.error ? "no answer" : "answer";
    },
  });
}

fuzz("runner stream in pieces", {
  input: fc.record({
    text: fc.oneof(
      hostileText(),
      mutated(
        fc.constantFrom(...(await recorded("claude", ".jsonl")).map((all) => all.join("\n"))),
      ),
    ),
    cuts: fc.array(fc.nat(200), { maxLength: 50 }),
  }),
  shares: { "several lines": 0.2, "one line": 0.1 },
  check({ text, cuts }) {
    const found: string[] = [];
    const splitter = new LineSplitter();
    const bytes = new TextEncoder().encode(text);
    let at = 0;
    for (const size of cuts) {
      found.push(...splitter.push(bytes.subarray(at, at + size)));
      at += size;
    }
    found.push(...splitter.push(bytes.subarray(at)), ...splitter.end());
    const whole = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    assertEquals(
      found,
      whole.replace(/\n$/, "") === "" && whole.length < 2
        ? whole === "" ? [] : [""]
        : whole.replace(/\n$/, "").split("\n"),
    );
    return found.length > 1 ? "several lines" : "one line";
  },
});

function assertShowable(text: string | undefined): void {
  assert(
    text === undefined || !/[^\P{Cc}\t\n]|[\u202a-\u202e]/u.test(text),
    "it shows control characters",
  );
}

function assertResult({ text, model, usage, cost_usd, error }: RunnerResult): void {
  assertEquals(typeof text, "string");
  assert(model === null || typeof model === "string");
  for (const [name, count] of Object.entries(usage)) {
    assert(count === null || Number.isSafeInteger(count) && count >= 0, `${name} is ${count}`);
  }
  assertEquals(Object.keys(usage).sort(), ["cached_input_tokens", "input_tokens", "output_tokens"]);
  assert(cost_usd === null || Number.isFinite(cost_usd) && cost_usd >= 0, `it cost ${cost_usd}`);
  const used = usage.input_tokens !== 0 || usage.output_tokens !== 0;
  // A call that the provider rejected or never got used nothing, whether or not the program says so.
  const refused = ["auth", "rate_limit", "model"].includes(error?.kind ?? "");
  const untold = Object.values(usage).every((count) => count === null);
  assert(cost_usd !== 0 || !used || refused && untold, "what was used, or may have been, is free");
  if (error) assertError(error);
  assert(error ? text === "" : text.trim() !== "", "an answer has a text, and a failure has none");
}

function assertError({ kind, message, retry_at, ...rest }: RunnerError): void {
  assertEquals(rest, {});
  assert(KINDS.includes(kind), `unknown kind ${kind}`);
  assert(message !== "" && message.length <= 500 && !/[\n\r]/.test(message), "no one line");
  if (retry_at === undefined) return;
  assertEquals(kind, "rate_limit");
  assertEquals(new Date(retry_at).toISOString(), retry_at);
  assert(Date.parse(retry_at) - now().getTime() < YEAR_MS, `it waits until ${retry_at}`);
}
