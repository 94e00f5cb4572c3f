import { assertEquals } from "@std/assert";
import { checkReadOnly, parseOptions } from "../../src/admit/read_only.ts";

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
    assertEquals(parseOptions(command.split(" "), allowed, { anywhere }), { options, operands });
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

const GIT =
  "git --no-pager --no-optional-locks -c core.fsmonitor=false -c core.hooksPath=/dev/null " +
  "-c safe.bareRepository=explicit -c log.showSignature=false -c gpg.program=false " +
  "-c gpg.openpgp.program=false -c gpg.x509.program=false -c gpg.ssh.program=false " +
  "-c diff.submodule=short -c status.submoduleSummary=false -c protocol.allow=never " +
  "-c protocol.ext.allow=never -c protocol.file.allow=never -c protocol.git.allow=never " +
  "-c protocol.ssh.allow=never -c protocol.http.allow=never -c protocol.https.allow=never " +
  "-c protocol.ftp.allow=never -c protocol.ftps.allow=never";

for (
  const [command, argv] of [
    ["ls -l reports", "ls -l reports"],
    ["pwd", "pwd"],
    ["grep -C 3 x journal.md", "grep -C 3 x journal.md"],
    ["gh pr view 7", "gh pr view 7"],
    ["git status -s", `${GIT} status --ignore-submodules=all -s`],
    ["git log -p a.ts", `${GIT} log --no-ext-diff --no-textconv -p a.ts`],
    ["git show HEAD", `${GIT} show --no-ext-diff --no-textconv HEAD`],
    ["git diff", `${GIT} diff --no-ext-diff --no-textconv --ignore-submodules=all`],
    ["git blame a.ts", `${GIT} blame --no-textconv a.ts`],
    ["git remote", `${GIT} remote`],
    ["git --no-pager tag", `${GIT} --no-pager tag`],
    [
      "git log main -n 5 --grep=a=b",
      `${GIT} log --no-ext-diff --no-textconv main -n 5 --grep=a=b`,
    ],
    ["git -C /r -C s tag", `${GIT} -C /r -C s tag`],
    ["git --no-pager -C /r branch", `${GIT} --no-pager -C /r branch`],
  ]
) {
  Deno.test(`checkReadOnly starts "${command}" with the switches that keep it read-only`, () => {
    const check = checkReadOnly(command.split(" "), "/data");
    assertEquals(check, { readOnly: true, argv: argv.split(" ") });
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
