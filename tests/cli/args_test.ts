import { assertEquals, assertThrows } from "@std/assert";
import { parseArguments, parseDuration, parseTime, syntaxOf } from "../../src/cli/args.ts";
import type { Command } from "../../src/cli/command.ts";
import { UsageError } from "../../src/schema/errors.ts";

const command: Command = {
  usage: "looop x [--all] [--name N] [--set S]…",
  words: "[a] [b] [c]",
  run: () => 0,
};

Deno.test("parseArguments takes options with a value, wherever they stand", () => {
  for (const args of [["a", "--name", "n m", "--all", "-"], ["--name=n m", "a", "--all", "-"]]) {
    assertEquals(parseArguments(command, args), {
      words: ["a", "-"],
      switches: new Set(["all"]),
      options: new Map([["name", "n m"]]),
      lists: new Map(),
    });
  }
  assertEquals(parseArguments(command, ["--name=-x", "--", "--all"]), {
    words: ["--all"],
    switches: new Set<string>(),
    options: new Map([["name", "-x"]]),
    lists: new Map(),
  });
});

Deno.test("parseArguments keeps every value of a list, in order", () => {
  const { lists } = parseArguments(command, ["--set", "b=1", "x", "--set=a=--all", "--set", "b=1"]);
  assertEquals(lists, new Map([["set", ["b=1", "a=--all", "b=1"]]]));
  for (const args of [["--set"], ["--set", "a", "--set="]]) {
    assertThrows(() => parseArguments(command, args), UsageError, "--set needs a value");
  }
});

Deno.test("parseArguments refuses an option with one value that is given twice", () => {
  for (const args of [["--name", "a", "--name", "b"], ["--name=", "--name=b"]]) {
    assertThrows(() => parseArguments(command, args), UsageError, "--name is given twice");
  }
});

Deno.test("parseArguments refuses an option without its value, and one that is unknown", () => {
  for (const args of [["--name"], ["--name="], ["--name", "--all"]]) {
    assertThrows(() => parseArguments(command, args), UsageError, "--name needs a value");
  }
  assertThrows(
    () => parseArguments(command, ["--nam", "x"]),
    UsageError,
    "unknown option --nam; did you mean --name?\noptions: --all, --name, --set, --help",
  );
});

Deno.test("parseArguments takes a value that may be left out only behind =", () => {
  const waits: Command = { ...command, usage: "looop x [--all] [--wait[=S]]" };
  const read = (...args: string[]) => {
    const { words, options, switches } = parseArguments(waits, args);
    return [options.get("wait"), words, [...switches]];
  };
  assertEquals(read("--wait", "30"), ["", ["30"], []]);
  assertEquals(read("--wait", "--all"), ["", [], ["all"]]);
  assertEquals(read("--wait=30s", "x"), ["30s", ["x"], []]);
  assertEquals(read("--all"), [undefined, [], ["all"]]);
  assertEquals(read("--", "--wait"), [undefined, ["--wait"], []]);
});

Deno.test("syntaxOf reads words and options from the usage line", () => {
  const run = () => {};
  assertEquals(
    syntaxOf({ usage: "looop x <a> <b|-> [c] [--all] [--name N] [--set S]… [--wait[=S]]", run }),
    {
      names: ["all", "name", "set", "wait", "help"],
      switches: ["all", "help"],
      options: ["name"],
      optionals: ["wait"],
      lists: ["set"],
      required: ["<a>", "<b|->"],
      maxWords: 3,
    },
  );
  const words = (usage: string, words?: string) => {
    const { required, maxWords } = syntaxOf({ usage, words, run });
    return [required, maxWords];
  };
  assertEquals(words("looop x y|z"), [["y|z"], 1]);
  assertEquals(words("looop x -- <a>…", ""), [[], Infinity]);
  assertEquals(words("looop x [--a] | looop x add <b>", "[add] [b]"), [[], 2]);
});

Deno.test("parseArguments names the missing argument, and refuses more than there can be", () => {
  const two: Command = { ...command, usage: "looop x <a> <b|-> [c]", words: undefined };
  const cases: [args: string[], message: string][] = [
    [[], "missing argument <a>"],
    [["1"], "missing argument <b|->"],
    [["1", "2", "3", "4"], "unexpected argument 4 (quote a text of several words)"],
  ];
  for (const [args, message] of cases) {
    assertThrows(() => parseArguments(two, args), UsageError, message);
  }
  assertEquals(parseArguments(two, ["1", "2", "3"]).words, ["1", "2", "3"]);
  assertEquals(parseArguments(two, ["--help"]).words, []);
});

Deno.test("parseDuration reads milliseconds to days, and refuses the rest", () => {
  assertEquals(["2s", "2", "0.5s", "500ms", "1m", "2h", "1d"].map((text) => parseDuration(text)), [
    ...[2000, 2000, 500, 500, 60_000, 7_200_000, 86_400_000],
  ]);
  assertEquals(parseDuration(undefined), undefined);
  for (const text of ["", "0", "-1", "2 s", "1e3", "2w", "24d", "99999999999"]) {
    const message = `${text} is not a duration; use 30, 90s, 5m, 2h or 1d`;
    assertThrows(() => parseDuration(text), UsageError, message);
  }
});

Deno.test("parseTime reads days, times of day, ISO 8601 and durations, toward the past and the future", () => {
  /** Local time. */
  const now = new Date(2026, 10, 25, 9, 30);
  const cases: [text: string, past: Date, future?: Date][] = [
    ["today", new Date(2026, 10, 25)],
    ["yesterday", new Date(2026, 10, 24)],
    ["tomorrow", new Date(2026, 10, 26)],
    ["2026-11-23", new Date(2026, 10, 23)],
    ["2024-02-29", new Date(2024, 1, 29)],
    ["2026-11-23 16:20", new Date(2026, 10, 23, 16, 20)],
    ["2026-11-23T16:20", new Date(2026, 10, 23, 16, 20)],
    ["2026-11-23T16:20:30.5Z", new Date(Date.UTC(2026, 10, 23, 16, 20, 30, 500))],
    ["2026-11-23T16:20+09:00", new Date(Date.UTC(2026, 10, 23, 7, 20))],
    ["9:30", now, new Date(2026, 10, 26, 9, 30)],
    ["18:00", new Date(2026, 10, 24, 18), new Date(2026, 10, 25, 18)],
    ["00:00", new Date(2026, 10, 25), new Date(2026, 10, 26)],
    ["2h", new Date(2026, 10, 25, 7, 30), new Date(2026, 10, 25, 11, 30)],
    ["3d", new Date(now.getTime() - 3 * 86_400_000), new Date(now.getTime() + 3 * 86_400_000)],
  ];
  for (const [text, at, future = at] of cases) {
    if (at <= now) assertEquals(parseTime(text, now), at, text);
    else assertThrows(() => parseTime(text, now), UsageError, `${text} has yet to come`);
    if (future > now) assertEquals(parseTime(text, now, "future"), future, text);
    else assertThrows(() => parseTime(text, now, "future"), UsageError, `${text} is over already`);
  }
  const wrong = ["", "soon", "2026-13-01", "2026-02-31", "2026-11-23 25:00", "24:00", "9:60"];
  for (const text of [...wrong, "2 weeks", "18:00Z", "2026-11-23Z"]) {
    const how = `is not a time; use yesterday, 18:00, 2026-11-23, "2026-11-23 09:30", 90s, 2h or`;
    const error = assertThrows(() => parseTime(text, now), UsageError);
    assertEquals(error.message, `${text} ${how} 3d ago`);
  }
});
