import { assertEquals } from "@std/assert";
import { READ_ONLY_COMMANDS } from "../../src/admit/read_only_commands.ts";
import { checkReadOnly, tokenizeCommand } from "../../src/admit/shell_command.ts";

/** Why a command is not on the read-only list, or `null` if it is. */
function refusalOf(command: string): string | null {
  const tokens = tokenizeCommand(command);
  if (!tokens.simple) return tokens.why;
  const check = checkReadOnly(tokens.argv, "/data");
  return check.readOnly ? null : check.why;
}

const DIFF = "-p -u -M -C -w -b --patch --no-patch -s --stat --stat=80 --shortstat --numstat " +
  "--summary --name-only --name-status --no-color --color --color=never --word-diff " +
  "--word-diff=plain --no-renames --diff-filter=A --unified=1 --ignore-all-space " +
  "--ignore-space-change --exit-code --check -Sword -Gword";
const GITHUB = "-Ro/r --repo=o/r --json=number";
const GITHUB_LIST = `${GITHUB} -L5 --limit=5 -sopen --state=open -Ame --author=me -ame ` +
  "--assignee=me -lbug --label=bug -Sword --search=word";

/** Every option of every command, with a value where it takes one. */
const OPTIONS: Record<string, string> = {
  "pwd": "-L -P",
  "date": "-u -R -I -dnow --utc --date=now --iso-8601 --iso-8601=date --rfc-3339=date",
  "ls": "-1 -a -A -d -F -h -i -l -n -p -r -R -s -S -t --all --recursive",
  "cat": "-A -b -e -E -n -s -t -T -v",
  "head": "-5 -n5 -c5 -q -v --lines=5 --bytes=5",
  "tail": "-5 -n5 -c5 -q -v --lines=5 --bytes=5",
  "wc": "-c -l -L -m -w --bytes --chars --lines --words",
  "stat": "-c%n -L -t --format=%n --printf=%n",
  "du": "-a -b -c -d1 -h -k -m -s --max-depth=1 --human-readable",
  "df": "-a -h -i -k -l -P -T --human-readable",
  "grep": "-A1 -B1 -C1 -c -ex -E -F -G -h -H -i -l -L -m1 -n -o -q -s -v -w -x --color " +
    "--color=never --max-count=1",
  "git status": "-s -b --short --branch --long --porcelain --porcelain=v2 --show-stash " +
    "--untracked-files --untracked-files=no --ignored --ignored=no",
  "git log": "-5 -n5 --max-count=5 --skip=1 --oneline --graph --all --branches --tags " +
    "--decorate --decorate=short --no-decorate --since=1.week --until=now --after=now " +
    "--before=now --author=me --committer=me --grep=x -i --format=%h --pretty --pretty=short " +
    "--date=iso --merges --no-merges --first-parent --reverse --follow --abbrev-commit " +
    `--left-right --cherry-pick ${DIFF}`,
  "git show": `${DIFF} --oneline --format=%h --pretty --pretty=short --date=iso --abbrev-commit`,
  "git diff": `${DIFF} --cached --staged --merge-base`,
  "git shortlog": "-s -n -e -c --since=1.week --until=now --no-merges --all",
  "git blame": "-L1,5 -w -e -l -s -t -M -C --date=iso",
  "git branch": "--list -a -r -v --all --remotes --verbose --merged --no-merged " +
    "--contains=HEAD --no-color --no-column --show-current",
  "git tag": "--list -l --merged --no-merged --contains=HEAD",
  "git remote": "",
  "git rev-parse": "--verify --quiet -q --short --short=8 --abbrev-ref --abbrev-ref=strict " +
    "--show-toplevel --symbolic-full-name --is-inside-work-tree --is-bare-repository",
  "git ls-files": "-c -d -m -o -s -t -u --cached --deleted --modified --others --stage " +
    "--unmerged --exclude-standard --full-name",
  "gh pr list": `${GITHUB_LIST} -Bmain --base=main -Hfix --head=fix -d --draft --app=bot`,
  "gh pr view": `${GITHUB} -c --comments`,
  "gh pr checks": `${GITHUB} --required`,
  "gh pr status": `${GITHUB} -c --conflict-status`,
  "gh pr diff": "-Ro/r --repo=o/r --name-only --patch --color=never",
  "gh issue list": `${GITHUB_LIST} -mv1 --milestone=v1 --mention=me`,
  "gh issue view": `${GITHUB} -c --comments`,
  "gh issue status": GITHUB,
  "gh run list": `${GITHUB} -L5 --limit=5 -sfailure --status=failure -bmain --branch=main -wci ` +
    "--workflow=ci -epush --event=push -ume --user=me -c0123 --commit=0123",
  "gh run view": `${GITHUB} -v --verbose --exit-status -a2 --attempt=2`,
};

for (const [command, options] of Object.entries(OPTIONS)) {
  Deno.test(`READ_ONLY_COMMANDS allows the options of ${command}, and no other`, () => {
    const words = options.split(" ").filter(Boolean);
    const refused = words.filter((option) => refusalOf(`${command} ${option}`) !== null);
    assertEquals(refused, []);
    // In both, a value is part of the word.
    const name = (word: string) =>
      /^-\d/.test(word) ? "-#" : word.startsWith("--") ? word.split(/[[=:]/)[0] : word.slice(0, 2);
    const names = (words: string[]) => [...new Set(words.map(name))].sort();
    const listed = READ_ONLY_COMMANDS[command].options.split(" ").filter(Boolean);
    assertEquals(names(listed), names(words));
  });
}

Deno.test("READ_ONLY_COMMANDS has no command whose options are not tested", () => {
  assertEquals(Object.keys(READ_ONLY_COMMANDS), Object.keys(OPTIONS));
});

const outside = (path: string) => `${path} is not inside the data directory`;
const hidden = (path: string) => `${path} leads out of the data directory or to a hidden file`;
const anyFile = (word: string) =>
  `git diff: ${word} could be any file; put a range, a commit id or HEAD~0 first`;

for (
  const [command, why] of [
    ["pwd reports", "pwd: its operand reports is not allowed"],
    ["git remote show origin", "git remote: its operand show is not allowed"],
    ["date +%F", null],
    ["date 0102", "date: it would set the clock"],
    ["date +%F 0102", "date: it would set the clock"],
    ["tail a +5f", "tail: +5f is not a file; use -n +5f"],
    ["tail +5 +6", "tail: +5 is not a file; use -n +5"],
    [
      `tail +${"5".repeat(50)}`,
      `tail: +${"5".repeat(50)} is not a file; use -n +${"5".repeat(39)}`,
    ],
    ["tail +5 /a", `tail: ${outside("/a")}`],
    ["head +5", null],
    ["cat .", null],
    ["cat ./a a/./b a.b/c.d", null],
    ["cat a /b", `cat: ${outside("/b")}`],
    ["cat .a", `cat: ${hidden(".a")}`],
    ["cat a/.b", `cat: ${hidden("a/.b")}`],
    ["cat a/..", `cat: ${hidden("a/..")}`],
    ["ls ..", `ls: ${hidden("..")}`],
    ["head /a", `head: ${outside("/a")}`],
    ["wc /a", `wc: ${outside("/a")}`],
    ["stat /a", `stat: ${outside("/a")}`],
    ["du /a", `du: ${outside("/a")}`],
    ["df /a", `df: ${outside("/a")}`],
    ["grep /a b", null],
    ["grep ../a .", null],
    ["grep a /b", `grep: ${outside("/b")}`],
    ["grep a b /c", `grep: ${outside("/c")}`],
    ["grep -e /a b", null],
    ["grep -e a /b", `grep: ${outside("/b")}`],
    ["grep -i /a b", null],
    ["git branch a", "git branch: it would create a"],
    ["git branch a b", "git branch: it would create a"],
    ["git tag -l a b", null],
    ["git branch --list a", null],
    ["git branch -a b", "git branch: it would create b"],
    ["git diff a", null],
    ["git diff /a", `git diff: ${outside("/a")}`],
    ["git diff a b", anyFile("a")],
    ["git diff HEAD a", anyFile("HEAD")],
    ["git diff HEAD~ a", null],
    ["git diff HEAD~1 a", null],
    ["git diff HEAD^2~3 a", null],
    ["git diff '@~1' a", null],
    ["git diff xHEAD~1 a", anyFile("xHEAD~1")],
    ["git diff HEAD~1x a", anyFile("HEAD~1x")],
    ["git diff 012345a b", null],
    ["git diff 012345 b", anyFile("012345")],
    ["git diff 012345abc.txt b", anyFile("012345abc.txt")],
    ["git diff x012345abc b", anyFile("x012345abc")],
    [`git diff ${"a".repeat(40)} b`, null],
    [`git diff ${"a".repeat(41)} b`, anyFile("a".repeat(41))],
    ["git diff main..fix a", null],
    ["git diff main...fix a", null],
    ["git diff ..origin/main", null],
    ["git diff ..origin/main a", null],
    ["git diff main.. -- a", null],
    ["git diff main..fix /a", `git diff: ${outside("/a")}`],
    ["git diff main..fix .git/config", `git diff: ${hidden(".git/config")}`],
    ["git diff .. a", anyFile("..")],
    ["git diff ... a", anyFile("...")],
    ["git diff a/../b c", anyFile("a/../b")],
    ["git diff a/.. b", anyFile("a/..")],
    ["git diff ../a b", anyFile("../a")],
    ["git diff '+a..b' c", anyFile("+a..b")],
    ["git diff a..b+ c", anyFile("a..b+")],
    ["git log --format=%h%an", null],
    ["git log --format=%h%GS", "git log: its format would start gpg"],
    ["git log --pretty=format:%+GK", "git log: its format would start gpg"],
    ["git log '--format=%h%- GS'", "git log: its format would start gpg"],
    ["git show --oneline --pretty='%G?'", "git show: its format would start gpg"],
    ["gh pr view 12", null],
    ["gh pr view x12", "gh pr view: its operand is not a number"],
    ["gh pr view 12x", "gh pr view: its operand is not a number"],
    ["gh pr view 12 fix", "gh pr view: its operand is not a number"],
    ["gh pr view 12 --repo o/r -R my-org/r.js", null],
    ["gh pr view 12 --repo o", "gh pr view: its --repo is not owner/name"],
    ["gh pr view 12 -R o/r/x", "gh pr view: its --repo is not owner/name"],
    ["gh pr view 12 -R o/r --repo evil.example/o/r", "gh pr view: its --repo is not owner/name"],
    ["gh pr view 12 -R .o/r", "gh pr view: its --repo is not owner/name"],
    ["gh issue list --label a/b/c", null],
  ] as [string, string | null][]
) {
  const what = why === null ? "allows" : "refuses";
  Deno.test(`checkReadOnly ${what} "${command.replace(/(.)\1{30,}/, "$1…")}"`, () => {
    assertEquals(refusalOf(command), why);
  });
}
