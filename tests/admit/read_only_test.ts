import { assert, assertEquals } from "@std/assert";
import { resolve } from "@std/path";
import { checkReadOnly, parseOptions } from "../../src/admit/shell_command.ts";

const TAIL = "-# -n: -q -v --lines:";
const LOG = "-# -n: -i --max-count= --stat[=]";
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
    ["a -n 5", LOG, true, [["-n", "5"]], ["a"]],
    ["--stat", LOG, true, [["--stat", ""]], []],
    ["--stat=80", LOG, true, [["--stat", "80"]], []],
    ["--stat 80", LOG, true, [["--stat", ""]], ["80"]],
    ["--max-count=5", LOG, true, [["--max-count", "5"]], []],
    ["--max-count=a=b", LOG, true, [["--max-count", "a=b"]], []],
    ["--repo=o/r", GH, true, [["--repo", "o/r"]], []],
    ["--repo o/r 7", GH, true, [["--repo", "o/r"]], ["7"]],
    ["7 --repo o/r", GH, true, [["--repo", "o/r"]], ["7"]],
    ["--repo=", GH, true, [["--repo", ""]], []],
    ["-R o/r -Ro/s", GH, true, [["-R", "o/r"], ["-R", "o/s"]], []],
  ] as [string, string, boolean, [string, string][], string[]][]
) {
  Deno.test(`parseOptions reads "${command}" against "${allowed}"`, () => {
    const words = command.split(" ");
    const parsed = parseOptions(words, allowed, { anywhere });
    assert(typeof parsed !== "string");
    assertEquals([parsed.options, parsed.operands], [options, operands]);
    assertEquals(parsed.places.map((place) => words[place]), operands);
  });
}

const notListed = (option: string) => `its option ${option} is not on the read-only list`;
for (
  const [command, allowed, anywhere, why] of [
    ["-5f a", TAIL, false, notListed("-5f")],
    ["--5 a", TAIL, false, notListed("--5")],
    ["-q-5 a", TAIL, false, notListed("-q-5")],
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
    ["--max-count 5", LOG, true, notListed("--max-count")],
    ["-i=5", LOG, true, notListed("-i=5")],
  ] as [string, string, boolean, string][]
) {
  Deno.test(`parseOptions refuses "${command}" against "${allowed}"`, () => {
    assertEquals(parseOptions(command.split(" "), allowed, { anywhere }), why);
  });
}

for (
  const [command, argv, dir, files] of [
    ["ls -l reports", "ls -l reports", "/data", [2]],
    ["ls", "ls", "/data", []],
    ["pwd", "pwd", "/data", []],
    ["date +%F", "date +%F", "/data", []],
    ["cat -n a -- -b c", "cat -n a -- -b c", "/data", [2, 4, 5]],
    ["tail -n 5 a", "tail -n 5 a", "/data", [3]],
    ["grep -C 3 x journal.md a", "grep -C 3 x journal.md a", "/data", [4, 5]],
    ["grep -e x journal.md", "grep -e x journal.md", "/data", [3]],
    ["gh pr view 7", "gh pr view 7", "/data", []],
    ["git status -s", "git status --ignore-submodules=all -s", "/data", []],
    ["git log -p a.ts", "git log -p a.ts", "/data", []],
    ["git diff", "git diff --ignore-submodules=all", "/data", []],
    ["git blame a.ts", "git blame a.ts", "/data", []],
    ["git --no-pager tag", "git tag", "/data", []],
    ["git -C /r -C s tag", "git tag", "/r/s", []],
    ["git -C .. --no-pager -C ./r/../s branch", "git branch", "/s", []],
    ["git -C /data/ tag", "git tag", "/data", []],
  ] as [string, string, string, number[]][]
) {
  Deno.test(`checkReadOnly plans how "${command}" starts`, () => {
    const check = checkReadOnly(command.split(" "), "/data");
    assertEquals(check, { readOnly: true, plan: { argv: argv.split(" "), dir, files } });
  });
}

const unlisted = (name: string) => `${name} is not on the read-only list`;
for (
  const [command, why] of [
    ["npm test", unlisted("npm")],
    ["toString", unlisted("toString")],
    ["git", unlisted("git")],
    ["git push origin", unlisted("git push")],
    ["git --no-pager", unlisted("git")],
    ["git -C", unlisted("git -C")],
    ["git -C /r", unlisted("git")],
    ["gh pr", unlisted("gh pr")],
    ["gh pr merge 7", unlisted("gh pr merge")],
    ["ls --no-pager", `ls: ${notListed("--no-pager")}`],
    ["ls -C reports", `ls: ${notListed("-C")}`],
    ["git log --output=a", `git log: ${notListed("--output=a")}`],
    ["cat /etc/passwd", "cat: /etc/passwd is not inside the data directory"],
    ["tail +5f a", "tail: +5f is not a file; use -n +5f"],
    [
      "git -C reports status",
      "/data/reports is in the data directory, where workers write",
    ],
    [
      "git -C /data/reports/ status",
      "/data/reports is in the data directory, where workers write",
    ],
    ...["/proc/self/cwd", "/proc/1/root/r", "/dev/fd/3", "/sys", "/r/../proc", "/./proc/self"].map(
      (dir) => [`git -C ${dir} status`, `${resolve(dir)} is not a directory of files`],
    ),
  ]
) {
  Deno.test(`checkReadOnly refuses "${command}"`, () => {
    assertEquals(checkReadOnly(command.split(" "), "/data"), { readOnly: false, why });
  });
}

Deno.test("checkReadOnly knows the data directory however its path is written", () => {
  for (const dataDir of ["/data", "/data/", "/other/../data"]) {
    const check = checkReadOnly(["git", "-C", "/data/reports", "status"], dataDir);
    const why = "/data/reports is in the data directory, where workers write";
    assertEquals(check, { readOnly: false, why });
  }
});

Deno.test("checkReadOnly refuses repositories in the data directory but for its own", () => {
  const words = (...words: string[]) => checkReadOnly(["git", ...words], "/home/me/data");
  const into = [
    ["-C", "reports/x"],
    ["-C", "/home/me/data/workers/a/worktree"],
    ["-C", "..", "-C", "data/claims"],
    ["-C", "/home/me", "--no-pager", "-C", "./data//reports/../reports"],
  ];
  for (const way of into) {
    const check = words(...way, "status");
    assert(!check.readOnly, way.join(" "));
    assert(check.why.endsWith(" is in the data directory, where workers write"), check.why);
  }
  const others = ["/home/me/data-2", "../repo", "/processes", "/r/proc", "/device", "/sys2"];
  for (const way of [[], ["-C", "."], ...others.map((dir) => ["-C", dir])]) {
    assert(words(...way, "status").readOnly, way.join(" "));
  }
});
