import { assertEquals } from "@std/assert";
import { admit } from "../../src/admit/admit.ts";
import type { AdmissionRule } from "../../src/admit/admission_rule.ts";
import { NO_ACCESS } from "../../src/model/access.ts";
import type { Move } from "../../src/model/move.ts";
import { parseGoal } from "../../src/profile/parse_goal.ts";
import { HOSTILE_COMMANDS } from "./hostile_commands.ts";

const journal = "x";
const run = (command: string): Move => ({ action: "run", command, journal });
const calm = { tainted: false, goal: null };
const RULE = '\nrules:\n  - when: "tainted"\n    do: {action: noop, reason: quiet}';
const body = (more = "", aim = "aim") => `---\ngoal: ${aim}${more}\n---\nnotes\n`;
const write = (text: string): Move => ({ action: "write_goal", id: "g", body: text, journal });
const goal = (text: string) => parseGoal("g", text, "");

function verdict(
  move: Move,
  input = { tainted: false, goal: null } as Parameters<typeof admit>[1],
) {
  const { then, rule } = admit(move, input);
  return `${then} ${rule}`;
}

Deno.test("admit allows commands of the read-only list", () => {
  const good = [
    ...["ls", "ls -la reports", "pwd", "cat PLAYBOOK.md", "cat goals/a.md reports/b.md"],
    ...[
      "head -5 journal.md",
      "head -n 5 journal.md",
      "tail -n20 journal.md",
      "tail --lines=5 journal.md",
    ],
    ...["wc -l journal.md", "date", "date -u +%F", "date '+%H:%M'", "date -d tomorrow +%F"],
    ...["stat PLAYBOOK.md", "du -sh reports", "df -h .", "grep -in 'fix me' journal.md"],
    ...["grep -e a -e b journal.md", "grep -- -x journal.md", "ls -la -- reports"],
    ...["git status", "git status -sb", "git status --porcelain=v2", "git -C /home/me/repo status"],
    ...[
      "git -C ../repo --no-pager log --oneline -n 5",
      "git log -5 --format='%h %s' --since=1.week",
    ],
    ...[
      "git log -p -n1 -- src/a.ts",
      "git log main..origin/main --stat",
      "git show HEAD",
      "git show HEAD:a",
    ],
    ...[
      "git diff",
      "git diff --cached --stat",
      "git diff main...HEAD -- src",
      "git diff HEAD~1 src/a.ts",
    ],
    ...["git branch", "git branch -a -v", "git branch --show-current", "git branch --list 'fix-*'"],
    ...[
      "git tag",
      "git tag -l 'v*'",
      "git remote",
      "git rev-parse --short HEAD",
      "git ls-files -m",
    ],
    ...["git rev-parse --abbrev-ref '@{u}'", "git blame -L 1,5 a.ts", "git shortlog -sn HEAD"],
    ...[
      "gh pr list",
      "gh pr list -R o/r --state open -L 5 --json number,title",
      "gh pr view 12 --comments",
    ],
    ...["gh pr checks 12", "gh pr status", "gh run list --branch main", "gh run view 123456"],
    ...["gh issue list --label bug", "gh issue view 7"],
  ];
  for (const command of good) {
    assertEquals(verdict(run(command)), "allow run-read-only", command);
  }
});

Deno.test("admit never allows a hostile command", () => {
  for (const command of HOSTILE_COMMANDS) {
    assertEquals(verdict(run(command)), "ask run", JSON.stringify(command));
  }
});

Deno.test("admit says why a command has to be asked for", () => {
  assertEquals(admit(run("ls; id"), calm), {
    then: "ask",
    rule: "run",
    why:
      "it is not a simple command: ; means something to a shell; put it in single quotes if it is text",
    argv: null,
    access: NO_ACCESS,
    verify_access: NO_ACCESS,
  });
  assertEquals(admit(run("npm test"), calm), {
    then: "ask",
    rule: "run",
    why: "npm is not on the read-only list",
    argv: ["npm", "test"],
    access: NO_ACCESS,
    verify_access: NO_ACCESS,
  });
  assertEquals(
    admit(run("tail -f journal.md"), calm).why,
    "tail: its option -f is not on the read-only list",
  );
});

Deno.test("admit gives git switches that keep a repository's config from starting programs", () => {
  assertEquals(admit(run("git -C /r log -p"), calm).argv, [
    ...["git", "--no-pager", "--no-optional-locks", "-c", "core.fsmonitor=false"],
    ...["-c", "core.hooksPath=/dev/null", "-c", "safe.bareRepository=explicit"],
    ...["-c", "log.showSignature=false", "-c", "protocol.allow=never"],
    ...["-C", "/r", "log", "--no-ext-diff", "--no-textconv", "-p"],
  ]);
  assertEquals(admit(run("ls -l"), calm).argv, ["ls", "-l"]);
});

Deno.test("admit has a verdict on every action", () => {
  assertEquals(verdict({ action: "noop", reason: "x", journal }), "allow noop");
  assertEquals(verdict({ action: "archive_goal", id: "g", journal }), "allow archive-goal");
  assertEquals(
    verdict({ action: "write_sensor", name: "a.sh", script: "x", journal }),
    "ask write-sensor",
  );
  assertEquals(verdict({ action: "remove_sensor", name: "a.sh", journal }), "ask remove-sensor");
  assertEquals(verdict({ action: "write_playbook", body: "x", journal }), "ask write-playbook");
  assertEquals(verdict({ action: "ask", question: "x", journal }), "allow ask");
  assertEquals(verdict(write(body())), "allow write-goal");
});

Deno.test("admit asks before a goal's rules change", () => {
  assertEquals(verdict(write(body(RULE))), "ask write-goal-rules");
  const before = { tainted: false, goal: goal(body(RULE)) };
  assertEquals(verdict(write(body(RULE, "other aim")), before), "allow write-goal");
  assertEquals(
    verdict(write(body(RULE.replace("tainted", "!tainted"))), before),
    "ask write-goal-rules",
  );
  assertEquals(verdict(write(body(RULE.replace("quiet", "loud"))), before), "ask write-goal-rules");
  assertEquals(verdict(write(body()), before), "ask write-goal-rules");
  assertEquals(verdict(write("no front matter"), before), "ask write-goal-rules");
});

Deno.test("admit asks before a goal loses its mark of being untrusted", () => {
  const before = { tainted: false, goal: goal(body("\nuntrusted: true")) };
  assertEquals(verdict(write(body()), before), "ask write-goal-trust");
  assertEquals(verdict(write(body("\nuntrusted: true")), before), "allow write-goal");
});

Deno.test("admit lets tainted decisions at most ask to run, or to write a sensor or the PLAYBOOK", () => {
  const anything: AdmissionRule = { name: "all", then: "allow", applies: () => "sure" };
  const tainted = { tainted: true, goal: null, rules: [anything] };
  assertEquals(verdict(run("ls"), { tainted: true, goal: null }), "ask taint");
  assertEquals(verdict(run("id"), tainted), "ask taint");
  assertEquals(verdict({ action: "write_playbook", body: "x", journal }, tainted), "ask taint");
  assertEquals(
    verdict({ action: "write_sensor", name: "a", script: "x", journal }, tainted),
    "ask taint",
  );
  assertEquals(verdict({ action: "noop", reason: "x", journal }, tainted), "allow all");
  assertEquals(verdict(run("id"), { ...tainted, tainted: false }), "allow all");
});

Deno.test("admit goes by the first rule that applies, the person's own before the built-in ones", () => {
  const never: AdmissionRule = { name: "never", then: "deny", applies: () => null };
  const noLs: AdmissionRule = { name: "no-ls", then: "deny", applies: () => "not today" };
  assertEquals(admit(run("ls"), { ...calm, rules: [never, noLs] }), {
    then: "deny",
    rule: "no-ls",
    why: "not today",
    argv: ["ls"],
    access: NO_ACCESS,
    verify_access: NO_ACCESS,
  });
});
