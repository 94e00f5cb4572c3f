import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cpuUsage } from "node:process";
import { checkMove, parseMove } from "../../src/decide/parse_move.ts";

const MOVE = { action: "noop", reason: "all is well", journal: "looked" } as const;
const JSON_MOVE = JSON.stringify(MOVE);

function whyNot(text: string): string {
  const parsed = parseMove(text);
  return parsed.ok ? `ok: ${JSON.stringify(parsed.move)}` : parsed.why;
}

for (
  const [how, text] of [
    ["bare", JSON_MOVE],
    ["with space around", `\n\n  ${JSON_MOVE}\n`],
    ["over several lines", JSON.stringify(MOVE, null, 2)],
    ["fenced", `\`\`\`json\n${JSON_MOVE}\n\`\`\``],
    ["fenced without a language", `\`\`\`\n${JSON_MOVE}\n\`\`\`\n`],
    ["fenced with Windows line ends", `\`\`\`JSON\r\n${JSON_MOVE}\r\n\`\`\`\r\n`],
    [
      "fenced with prose around",
      `I looked at {it}.\n\n\`\`\`json\n${JSON_MOVE}\n\`\`\`\n\nDone {now}.`,
    ],
    ["bare with prose around", `Here is my move: ${JSON_MOVE} as you asked.`],
  ]
) {
  Deno.test(`parseMove takes one object ${how}`, () => {
    assertEquals(parseMove(text), { ok: true, move: MOVE });
  });
}

const FENCE = "```";
const OTHER = JSON.stringify({ action: "run", command: "true", journal: "ran" });
const RAW = `{"action":"noop",\n"reason":"all is well","journal":"looked",\n}`;
for (
  const [what, text] of [
    ["a reasoning block", `<think>\nMaybe ${OTHER}?\n</think>\n${JSON_MOVE}`],
    ["a reasoning block of another name", `<Reasoning>${OTHER}</Reasoning> ${JSON_MOVE}`],
    ["a reasoning block with an attribute", `<thinking depth="2">${OTHER}</thinking>${JSON_MOVE}`],
    ["a reasoning block in brackets", `[THINK]${OTHER}[/THINK]${JSON_MOVE}`],
    ["a reasoning block of two words", `<inner_thoughts>${OTHER}</inner_thoughts>${JSON_MOVE}`],
    ["the marks of a model", `<|begin_of_thought|>${OTHER}<|end_of_thought|>${JSON_MOVE}`],
    ["two reasoning blocks", `<think>${OTHER}</think>\n<think>{"a</think>\n${JSON_MOVE}`],
    ["reasoning that has only an end", `I could ${OTHER}, but {"no\n</think>\n\n${JSON_MOVE}`],
    ["reasoning, in a fence", `<think>x</think>\n${FENCE}json\n${JSON_MOVE}\n${FENCE}`],
    [
      "the channels of a model",
      `<|channel|>analysis<|message|>${OTHER}<|end|><|channel|>final<|message|>${JSON_MOVE}`,
    ],
    ["a fence of another language", `${FENCE}sh\nls {a,b}\n${FENCE}\n${JSON_MOVE}`],
    ...["sh session", "c++", 'js title="a"'].map((info) => [
      `a fence of ${info}`,
      `${FENCE}${info}\nx(${OTHER})\n${FENCE}\n${JSON_MOVE}`,
    ]),
    ["a longer fence", `${FENCE}\`md\n${FENCE}\n${OTHER}\n${FENCE}\n${FENCE}\`\n${JSON_MOVE}`],
    ["a fence of tildes", `~~~sh\nx ${OTHER}\n~~~\n~~~json\n${JSON_MOVE}\n~~~`],
    [
      "a fence of another language with an object in it",
      `${FENCE}bash\ncurl -d '${OTHER}' x\n${FENCE}\n${FENCE}json\n${JSON_MOVE}\n${FENCE}`,
    ],
    [
      "a fence with what a sensor printed",
      `It printed\n${FENCE}json\n{"signal":"red"}\n${FENCE}\nso:\n${JSON_MOVE}`,
    ],
    [
      "prose with braces, quotes and an apostrophe",
      `It's "{a: {" and {b}.\n${JSON_MOVE}\nThat's it.`,
    ],
    ["a list that is no move", `I looked at [1] and ["a"].\n${JSON_MOVE}`],
    ["an object that is no move", `It is {"a":1} now.\n${JSON_MOVE}`],
  ]
) {
  Deno.test(`parseMove takes the move after ${what}`, () => {
    assertEquals(parseMove(text), { ok: true, move: MOVE });
  });
}

for (
  const [what, text] of [
    ["a trailing comma", RAW],
    [
      "a trailing comma and space",
      `{"action":"noop","reason":"all is well","journal":"looked", \n }`,
    ],
    ["a trailing comma, in a fence", `${FENCE}json\n${RAW}\n${FENCE}`],
    [
      "comments",
      `{ // "why"\n"action":"noop", /* {so} */"reason":"all is well","journal":"looked"}`,
    ],
    ["a comment, in a fence", `${FENCE}json\n{\n// it is {well}\n${RAW.slice(1)}\n${FENCE}`],
    ["a trailing comma, in prose", `Here: ${RAW} as you asked`],
    [
      "null for each absent field",
      JSON.stringify({ ...MOVE, goal: null, next_interval_s: null, more: null }),
    ],
    ["an empty text for each absent field", JSON.stringify({ ...MOVE, goal: "", ref: "" })],
    ["an empty list of options", JSON.stringify({ ...MOVE, options: [] })],
    [
      "null for each field of other moves",
      JSON.stringify({ ...MOVE, command: null, options: null, id: null, body: null }),
    ],
  ]
) {
  Deno.test(`parseMove takes a move with ${what}`, () => {
    assertEquals(parseMove(text), { ok: true, move: MOVE });
  });
}

Deno.test("parseMove keeps commas, brackets, tags and raw line breaks in texts as they are", () => {
  const body = `a,}\n<think>b,]</think>\n${FENCE}sh\nls\n${FENCE}\n\t{"action": 1}`;
  const move = { action: "write_playbook", body, journal: "x" } as const;
  for (const text of [JSON.stringify(move), `Here: ${JSON.stringify(move)}.`]) {
    assertEquals(parseMove(text), { ok: true, move });
  }
  const raw = `{"action":"write_playbook","body":"one,\n\ttwo,}\r\n","journal":"x"}`;
  assertEquals(parseMove(raw), {
    ok: true,
    move: { action: "write_playbook", body: "one,\n\ttwo,}\r\n", journal: "x" },
  });
});

for (
  const [what, text, why] of [
    ["a move in prose and another", `Not ${OTHER}, but ${JSON_MOVE}`, "has 2 moves"],
    [
      "a second move that is not JSON",
      `${JSON_MOVE} or {"action": "run", "command": 'true'}`,
      "has 2 moves",
    ],
    ["a list in prose", `Here: [${JSON_MOVE}]`, "is JSON but not an object"],
    ["a move and a list of moves", `[${OTHER}] or ${JSON_MOVE}`, "has 2 moves"],
    ["a move in reasoning alone", `<think>${JSON_MOVE}</think>`, "is not one JSON object"],
    ["a move in reasoning that is cut off", `<think>so: ${JSON_MOVE}`, "is not one JSON object"],
    ["a move that is cut off", `Here: ${JSON_MOVE.slice(0, -3)}`, "is not one JSON object"],
    [
      "null for a field that must be there",
      '{"action":"noop","reason":null,"journal":"x"}',
      "`reason`",
    ],
    [
      "an empty text for a field that must be there",
      '{"action":"noop","reason":"","journal":"x"}',
      "`reason`",
    ],
    ["null for the action", '{"action":null,"reason":"x","journal":"x"}', "`action` must be"],
    ["a move within an object", `{"move":${JSON_MOVE}}`, "`action` is missing"],
    ["a trailing comma alone", "{,}", "`action` is missing"],
  ]
) {
  Deno.test(`parseMove refuses ${what}`, () => {
    assertStringIncludes(whyNot(text), why);
  });
}

for (
  const [what, text] of [
    // Were the first line a fence, the answer would be "none".
    ["opens no fence at the end of a line", `As a ${FENCE}\nnone\n${FENCE}\n${JSON_MOVE}`],
    ["opens no fence on an indented line", ` x\n ${FENCE}\nnone\n${FENCE}\n${JSON_MOVE}`],
    ["opens no fence before more words", `${FENCE}a b\nnone\n${FENCE}\n${JSON_MOVE}`],
    // Did the second line close the fence, the answer would be empty.
    ["closes no fence at the end of a line", `${FENCE}\n${JSON_MOVE} ${FENCE}\n${FENCE}`],
    ["closes no fence on an indented line", `${FENCE}\n ${FENCE}\n${JSON_MOVE}\n${FENCE}`],
    ["takes no block that is never closed", `${FENCE}\n${JSON_MOVE}\n${FENCE}\nDone.\n${FENCE}\nx`],
    ["closes no fence before a word", `${FENCE}\n${FENCE}a\n${JSON_MOVE}\n${FENCE}`],
  ]
) {
  Deno.test(`parseMove ${what}`, () => {
    assertEquals(parseMove(text), { ok: true, move: MOVE });
  });
}

Deno.test("parseMove takes a lone backslash of a text for itself", () => {
  const parsed = parseMove(
    String.raw`{"action":"noop","reason":"a\.b \\d \u0041 \u00 \" \s+","journal":"x // y"}`,
  );
  assertEquals(parsed, {
    ok: true,
    move: { action: "noop", reason: String.raw`a\.b \d A \u00 " \s+`, journal: "x // y" },
  });
});

Deno.test("parseMove does not take a second move behind the first for a comment", () => {
  assertStringIncludes(whyNot(`${JSON_MOVE} // or ${OTHER}`), "the answer has 2 moves");
});

Deno.test("parseMove keeps backticks and braces inside of texts", () => {
  const move = { action: "write_playbook", body: "```sh\nls {a}\n```\n}", journal: "x" } as const;
  for (
    const text of [JSON.stringify(move, null, 1), `\`\`\`json\n${JSON.stringify(move)}\n\`\`\``]
  ) {
    assertEquals(parseMove(text), { ok: true, move });
  }
});

for (
  const [what, text, why] of [
    ["nothing", " \n ", "the answer was empty"],
    ["prose", "I would wait.", `the answer is not one JSON object: it begins "I would wait."`],
    [
      "two objects",
      `${JSON_MOVE}\n${JSON_MOVE}`,
      "the answer has 2 moves; give exactly one JSON object",
    ],
    [
      "two fences",
      `\`\`\`json\n${JSON_MOVE}\n\`\`\`\nor\n\`\`\`json\n${JSON_MOVE}\n\`\`\``,
      "the answer has 2 moves; give exactly one JSON object",
    ],
    ["a list", `[${JSON_MOVE}]`, `the answer is JSON but not an object: [${JSON_MOVE}]`],
    [
      "a list of several lines in a fence",
      `${FENCE}\n\n[\n1\n]\n\n${FENCE}`,
      "the answer is JSON but not an object: [ 1 ]",
    ],
    ["a text", `"noop"`, `the answer is JSON but not an object: "noop"`],
    [
      "half an object",
      JSON_MOVE.slice(0, 20),
      `the answer is not one JSON object: it begins "{\\"action\\":\\"noop\\",\\"re"`,
    ],
    [
      "a key too many",
      `{"action":"noop","resaon":"x","journal":"y"}`,
      "not a valid move: `noop` needs `reason` (text); unknown key `resaon` (did you mean `reason`?); " +
      "allowed are action, journal, next_interval_s, more, goal, reason",
    ],
    [
      "__proto__ as a key",
      `{"__proto__":{"x":1},"action":"noop","reason":"x","journal":"y"}`,
      "not a valid move: unknown key `__proto__`; " +
      "allowed are action, journal, next_interval_s, more, goal, reason",
    ],
    [
      "an id that is a path",
      `{"action":"archive_goal","id":"../../etc/passwd","journal":"y"}`,
      "not a valid move: `id` must be 1 to 64 of a-z, 0-9, `_` and `-`, beginning with a letter or digit; " +
      'found "../../etc/passwd"',
    ],
    [
      "a sensor that is a path",
      `{"action":"remove_sensor","name":"a/../b.sh","journal":"y"}`,
      "not a valid move: `name` must be an id with at most one extension, such as git.sh or inbox.ts; " +
      'found "a/../b.sh"',
    ],
  ]
) {
  Deno.test(`parseMove refuses ${what}, and says why`, () => {
    assertEquals(whyNot(text), why);
  });
}

Deno.test("parseMove names the actions that there are, and takes none from a prototype", () => {
  for (const action of ["fly", "constructor", "__proto__", 7, null]) {
    const why = whyNot(JSON.stringify({ action, journal: "x" }));
    assert(why.startsWith("not a valid move: `action` must be one of noop, run, "), why);
    assert(why.endsWith(`; found ${JSON.stringify(action)}`), why);
  }
  const inherited = whyNot(`{"__proto__":${JSON_MOVE}}`);
  assert(inherited.startsWith("not a valid move: `action` is missing (one of noop, "), inherited);
});

Deno.test("parseMove is quick with a megabyte of junk, and its reasons are short", () => {
  const deep = `${"[".repeat(400_000)}${"]".repeat(400_000)}`;
  // Not of the clock, which goes on while others have the processor.
  const before = cpuUsage();
  for (
    const junk of [
      "{".repeat(1e6),
      "}".repeat(1e6),
      "```a\n".repeat(2e5),
      "```\n".repeat(2e5 + 1),
      `{"${"k".repeat(1e6)}":1}`,
      deep,
      `{"action":"noop","reason":${deep},"journal":"x"}`,
      "\ud800".repeat(1e6),
      `${"x ".repeat(5e5)}{`,
    ]
  ) {
    const why = whyNot(junk);
    assert(!why.startsWith("ok:") && why.length <= 2000, why.slice(0, 100));
  }
  const { user, system } = cpuUsage(before);
  // Of other tests in this process, too. Quadratic time would take minutes.
  assert(user + system < 20_000_000, `${user + system} µs of processor time`);
});

Deno.test("parseMove makes a journal of several lines one line, and refuses one of none", () => {
  const journal = " two\nlines,\u2028no\u0000more ";
  const parsed = parseMove(JSON.stringify({ ...MOVE, journal }));
  assertEquals(parsed, { ok: true, move: { ...MOVE, journal: "two lines, no more" } });
  assertEquals((checkMove({ ...MOVE, journal: "\n\u0000\n" })).ok, false);
});

Deno.test("parseMove gives its reason in one line, whatever the answer looks like", () => {
  assertEquals(whyNot("[\n1,\r\n2\n]"), "the answer is JSON but not an object: [ 1, 2 ]");
});
