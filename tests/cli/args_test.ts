import { assertEquals, assertThrows } from "@std/assert";
import { parseArguments, parseSpan } from "../../src/cli/args.ts";
import type { Command } from "../../src/cli/command.ts";
import { UsageError } from "../../src/schema/errors.ts";

const command: Command = {
  usage: "looop x [--all] [--name N] [--set S]…",
  switches: ["all"],
  options: ["name"],
  lists: ["set"],
  words: { least: 0, most: 9 },
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

Deno.test("parseArguments refuses an option without its value, and one that is unknown", () => {
  for (const args of [["--name"], ["--name="], ["--name", "--all"]]) {
    assertThrows(() => parseArguments(command, args), UsageError, "--name needs a value");
  }
  assertThrows(
    () => parseArguments(command, ["--nam", "x"]),
    UsageError,
    "unknown option --nam; did you mean --name?\noptions: --name, --set, --all, --help",
  );
});

Deno.test("parseArguments takes a value that may be left out only behind =", () => {
  const waits: Command = { ...command, optionals: ["wait"] };
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

Deno.test("parseSpan reads seconds, milliseconds and minutes, and refuses the rest", () => {
  assertEquals(["2s", "2", "0.5s", "500ms", "1m"].map((text) => parseSpan(text, "")), [
    ...[2000, 2000, 500, 500, 60_000],
  ]);
  for (const text of ["", "0", "-1", "2 s", "1e3", "2h", "99999999999"]) {
    assertThrows(() => parseSpan(text, "usage"), UsageError, `${text} is no interval`);
  }
});
