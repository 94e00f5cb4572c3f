/** The options of a program, from its manual page. */
export interface ProgramOptions {
  /** Short ones as getopt has them: `a` takes no value, `b:` takes one, `c::` may take one in the same word. */
  short: string;
  /** Long ones without `--`: `a` takes no value, `b:` takes one, `c?` may take one in the same word. */
  long: string;
  /** Those that write, start a program, wait for ever, or read what is not named among the operands. */
  denied: string;
  /** Long options may be cut short. */
  abbreviations: boolean;
  /** Its operands are files, and must be visible ones of the directory it is started in. */
  files?: "all" | "but the first";
}

const gnu = (short: string, long: string, denied: string, files?: ProgramOptions["files"]) => ({
  ...{ short, long: `${long} help version`, denied, abbreviations: true, files },
});
const DIFF_SHORT = "puU:sM::C::B::DRabwWzcS:G:O:l:X::n:itgmL:q0123456789";
const DIFF_LONG =
  "patch no-patch unified: output: output-indicator-new: raw patch-with-raw indent-heuristic " +
  "no-indent-heuristic minimal patience histogram anchored: diff-algorithm: stat? compact-summary numstat " +
  "shortstat dirstat? cumulative summary patch-with-stat name-only name-status submodule? color? no-color " +
  "color-moved? color-moved-ws: no-color-moved word-diff? word-diff-regex: color-words? no-renames " +
  "rename-empty check ws-error-highlight: full-index binary abbrev? break-rewrites? find-renames? " +
  "find-copies? find-copies-harder irreversible-delete diff-filter: pickaxe-all pickaxe-regex orderfile: " +
  "skip-to: rotate-to: relative? text ignore-cr-at-eol ignore-space-at-eol ignore-space-change " +
  "ignore-all-space ignore-blank-lines ignore-matching-lines: inter-hunk-context: function-context " +
  "exit-code quiet ext-diff no-ext-diff textconv no-textconv ignore-submodules? src-prefix: dst-prefix: " +
  "no-prefix line-prefix: ita-invisible-in-index find-object: cached staged merge-base no-index";
const LOG_LONG =
  `${DIFF_LONG} max-count: skip: oneline graph all branches? tags? remotes? decorate? ` +
  "no-decorate decorate-refs: since: until: after: before: author: committer: grep: format? pretty? date: " +
  "merges no-merges first-parent reverse follow abbrev-commit no-abbrev-commit left-right cherry-pick cherry " +
  "show-signature notes? source stdin walk-reflogs use-mailmap log-size not glob: exclude: encoding:";
const DIFF_DENIED = "output orderfile O ext-diff textconv no-index show-signature stdin";
const git = (short: string, long: string, denied: string) => ({
  ...{ short, long, denied, abbreviations: true },
});
const gh = (short: string, long: string, denied = "") => ({
  ...{ short, long: `${long} help`, abbreviations: false },
  denied: `${denied} web jq q template t log log-failed watch`,
});
const GH_LIST = "author: assignee: label: limit: search: state: web json: jq: template: repo:";

/** By name, subcommands included. Independent of the program's own list on purpose. */
export const PROGRAM_OPTIONS: Record<string, ProgramOptions> = {
  pwd: gnu("LP", "logical physical", "", "all"),
  date: gnu(
    "d:f:I::Rr:s:u",
    "date: debug file: iso-8601? resolution rfc-email rfc-3339: reference: set: utc universal",
    "s set f file r reference",
  ),
  ls: gnu(
    "aAbBcCdDfFgGhHI:iklLmnNopqQrRsStT:uUvw:xXZ1",
    "all almost-all author escape block-size: ignore-backups color? directory dired classify? file-type " +
      "format: full-time group-directories-first no-group human-readable si dereference hide: hyperlink? " +
      "inode ignore: numeric-uid-gid literal quote-name reverse recursive size sort: time: tabsize: width: zero",
    "",
    "all",
  ),
  cat: gnu(
    "AbeEnstTuv",
    "show-all number-nonblank show-ends number squeeze-blank show-tabs",
    "",
    "all",
  ),
  head: gnu(
    "c:n:qvz0123456789",
    "bytes: lines: quiet silent verbose zero-terminated",
    "",
    "all",
  ),
  tail: gnu(
    "c:fFn:qs:vz0123456789",
    "bytes: follow? lines: pid: quiet silent retry sleep-interval: verbose zero-terminated",
    "f F follow pid retry",
    "all",
  ),
  wc: gnu("clLmw", "bytes chars lines max-line-length words files0-from:", "files0-from", "all"),
  stat: gnu("Lfc:t", "dereference file-system cached: format: printf: terse", "", "all"),
  du: gnu(
    "0aB:bcDd:hHklLmPSst:xX:",
    "null all apparent-size block-size: bytes total dereference-args max-depth: files0-from: human-readable " +
      "inodes dereference no-dereference separate-dirs si summarize threshold: time? exclude-from: exclude:",
    "files0-from exclude-from X",
    "all",
  ),
  df: gnu(
    "aB:hHiklPt:Tx:v",
    "all block-size: human-readable si inodes local no-sync output? portability sync total type: print-type",
    "sync",
    "all",
  ),
  grep: gnu(
    "A:B:C:D:EFGHILPTUVX:abcd:e:f:hilm:noqRrsuvwxyZz0123456789",
    "extended-regexp fixed-strings basic-regexp perl-regexp regexp: file: ignore-case word-regexp line-regexp " +
      "null-data no-messages invert-match max-count: byte-offset line-number with-filename no-filename label: " +
      "only-matching quiet silent binary-files: text directories: devices: recursive dereference-recursive " +
      "include: exclude: exclude-from: exclude-dir: count files-with-matches color? colour? context: null",
    "f file r R recursive dereference-recursive d directories D devices exclude-from exclude-dir",
    "but the first",
  ),
  "git status": git(
    "sbvu::z",
    "short branch long porcelain? show-stash verbose untracked-files? ignored? ignore-submodules? column?",
    "",
  ),
  "git log": git(DIFF_SHORT, LOG_LONG, DIFF_DENIED),
  "git show": git(DIFF_SHORT, LOG_LONG, DIFF_DENIED),
  "git diff": git(DIFF_SHORT, DIFF_LONG, DIFF_DENIED),
  "git shortlog": git(
    "snecw::",
    "numbered summary email format: since: until: merges no-merges all group: committer output: stdin",
    "output stdin",
  ),
  "git blame": git(
    "L:wcelstfnpbS:MC::",
    "root show-stats incremental porcelain line-porcelain date: contents: ignore-rev: ignore-revs-file: " +
      "reverse textconv no-textconv score-debug color-lines",
    "S contents ignore-revs-file textconv",
  ),
  "git branch": git(
    "arvqtu:dDmMcCfli",
    "list all remotes verbose merged? no-merged? contains? no-contains? show-current color? no-color " +
      "column? no-column sort: format: delete move copy force create-reflog edit-description track? " +
      "set-upstream-to: unset-upstream points-at:",
    "d D m M c C f u delete move copy force create-reflog edit-description track t set-upstream-to unset-upstream",
  ),
  "git tag": git(
    "lasu:fdvn::m:F:e",
    "list annotate sign local-user: force delete verify message: file: edit cleanup: create-reflog sort: " +
      "merged? no-merged? contains? no-contains? points-at: format: color? column? trailer:",
    "a s u f d v m F e annotate sign local-user force delete verify message file edit create-reflog",
  ),
  "git remote": git("v", "verbose", "v verbose"),
  "git rev-parse": git(
    "q",
    "verify quiet short? abbrev-ref? show-toplevel git-dir symbolic-full-name is-inside-work-tree " +
      "is-bare-repository parseopt sq-quote all since: until: git-path: resolve-git-dir:",
    "parseopt",
  ),
  "git ls-files": git(
    "cdmostukvfzx:X:",
    "cached deleted modified others ignored stage unmerged killed directory exclude: exclude-from: " +
      "exclude-per-directory: exclude-standard error-unmatch with-tree: full-name recurse-submodules abbrev? debug",
    "X exclude-from exclude-per-directory",
  ),
  "gh pr list": gh("A:a:B:dH:q:l:L:S:s:t:wR:", `${GH_LIST} app: base: draft head:`, "w"),
  "gh pr view": gh("cq:t:wR:", "comments json: jq: template: web repo:", "w"),
  "gh pr checks": gh(
    "i:q:t:wR:",
    "fail-fast interval: json: jq: required template: watch web repo:",
    "w",
  ),
  "gh pr status": gh("cq:t:R:", "conflict-status json: jq: template: repo:"),
  "gh pr diff": gh("wR:", "color: name-only patch web repo:", "w"),
  "gh issue list": gh("A:a:l:L:m:q:S:s:t:wR:", `${GH_LIST} app: mention: milestone:`, "w"),
  "gh issue view": gh("cq:t:wR:", "comments json: jq: template: web repo:", "w"),
  "gh issue status": gh("q:t:R:", "json: jq: template: repo:"),
  "gh run list": gh(
    "ab:c:e:q:L:s:t:u:w:R:",
    "all branch: commit: created: event: json: jq: limit: status: template: user: workflow: repo:",
  ),
  "gh run view": gh(
    "a:j:q:t:vwR:",
    "attempt: exit-status job: json: jq: log log-failed template: verbose web repo:",
    "w",
  ),
};
