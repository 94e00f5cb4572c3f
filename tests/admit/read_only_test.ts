import { assertEquals } from "@std/assert";
import { parseOptions } from "../../src/admit/read_only.ts";

const TAIL = "-# -n: -q -v --lines:";
const GIT = "-# -n: -i --max-count= --stat[=]";
const GH = "-R: --repo: --json:";

for (
  const [command, allowed, anywhere, options, operands] of [
    ["a b", TAIL, false, [], ["a", "b"]],
    ["-5 a", TAIL, false, [["-#", "5"]], ["a"]],
    ["-qv a", TAIL, false, [["-q", ""], ["-v", ""]], ["a"]],
    ["-n 5 a", TAIL, false, [["-n", "5"]], ["a"]],
    ["-n5 a", TAIL, false, [["-n", "5"]], ["a"]],
    ["-n -q a", TAIL, false, [["-n", "-q"]], ["a"]],
    ["a -q", TAIL, false, [["-q", ""]], ["a"]],
    ["a -n5", TAIL, false, [["-n", "5"]], ["a"]],
    ["a --lines=5", TAIL, false, [["--lines", "5"]], ["a"]],
    ["-q -- -n a", TAIL, false, [["-q", ""]], ["-n", "a"]],
    ["- a", TAIL, false, [], ["-", "a"]],
    ["a -n 5", GIT, true, [["-n", "5"]], ["a"]],
    ["--stat", GIT, true, [["--stat", ""]], []],
    ["--stat=80", GIT, true, [["--stat", "80"]], []],
    ["--stat 80", GIT, true, [["--stat", ""]], ["80"]],
    ["--max-count=5", GIT, true, [["--max-count", "5"]], []],
    ["--repo=o/r", GH, true, [["--repo", "o/r"]], []],
    ["--repo o/r 7", GH, true, [["--repo", "o/r"]], ["7"]],
    ["7 --repo o/r", GH, true, [["--repo", "o/r"]], ["7"]],
    ["--repo=", GH, true, [["--repo", ""]], []],
    ["-R o/r -Ro/s", GH, true, [["-R", "o/r"], ["-R", "o/s"]], []],
  ] as [string, string, boolean, [string, string][], string[]][]
) {
  Deno.test(`parseOptions reads "${command}" against "${allowed}"`, () => {
    assertEquals(parseOptions(command.split(" "), allowed, { anywhere }), { options, operands });
  });
}

const notListed = (option: string) => `its option ${option} is not on the read-only list`;
for (
  const [command, allowed, anywhere, why] of [
    ["-5f a", TAIL, false, notListed("-5f")],
    ["-f5 a", TAIL, false, notListed("-f5")],
    ["-qf a", TAIL, false, notListed("-qf")],
    ["-qn5 a", TAIL, false, notListed("-qn5")],
    ["a -f", TAIL, false, notListed("-f")],
    ["-5 a", GH, true, notListed("-5")],
    ["--line=5 a", TAIL, false, notListed("--line=5")],
    ["-n", TAIL, false, "its option -n has no value"],
    ["--lines", TAIL, false, "its option --lines has no value"],
    ["7 --repo", GH, true, "its option --repo has no value"],
    ["a -n 5", TAIL, false, "its option -n is after a; put it before"],
    ["a --lines 5", TAIL, false, "its option --lines is after a; put it before"],
    ["--max-count 5", GIT, true, notListed("--max-count")],
    ["-i=5", GIT, true, notListed("-i=5")],
  ] as [string, string, boolean, string][]
) {
  Deno.test(`parseOptions refuses "${command}" against "${allowed}"`, () => {
    assertEquals(parseOptions(command.split(" "), allowed, { anywhere }), why);
  });
}
