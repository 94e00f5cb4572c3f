/** The options and operands of a command. */
export interface ParsedOptions {
  /** Option names and their values, in order, repetitions included; `""` for one without a value. */
  options: [string, string][];
  /** All other words, in order. */
  operands: string[];
  /** Where each operand is among the words. */
  places: number[];
}

/** Checks a command's operands and option values; returns in one line why they are rejected, or `null`. */
type OperandCheck = (parsed: ParsedOptions) => string | null;

// Revisions that are not plausible file names: see `revisionsAndPaths`. A bare HEAD is a file of `.git`.
const COMMIT = /^(HEAD|@)([~^]\d*)+$|^[0-9a-f]{7,40}$/;
const RANGE = /^(?!\.+$)(?!.*(\/\.\.|\.\.\/))[\w@~^./-]*\.\.\.?[\w@~^./-]*$/;

const none: OperandCheck = ({ operands }) =>
  operands.length === 0 ? null : `its operand ${operands[0]} is not allowed`;

/** Only the format to print: any other operand of `date` sets the clock. */
const dateFormat: OperandCheck = ({ operands }) =>
  operands.every((word) => word.startsWith("+")) ? null : "it would set the clock";

/** How many operands come before the first one that names a file of the data directory. */
type FilesFrom = (parsed: ParsedOptions) => number;

const allFiles: FilesFrom = () => 0;

/** `grep` takes its pattern from the first operand unless `-e` gives it. */
const afterPattern: FilesFrom = ({ options }) => has(options, "-e") ? 0 : 1;

/** The old form of the first line for `tail` may end in f, as in `+5f`: it would follow the file for ever. */
const noPlus: OperandCheck = ({ operands }) => {
  const plus = operands.find((word) => word.startsWith("+"));
  return plus === undefined ? null : `${plus} is not a file; use -n ${plus.slice(0, 40)}`;
};

/** Without `--list` an operand is the name of something to create. */
const patternsOfList: OperandCheck = ({ options, operands }) =>
  operands.length === 0 || has(options, "--list") || has(options, "-l")
    ? null
    : `it would create ${operands[0]}`;

/**
 * Outside a repository, `git diff a b` compares two files, and `-C` may lead anywhere. It does not with one operand,
 * or if the first one is not a file.
 */
const revisionsAndPaths: OperandCheck = ({ operands }) =>
  operands.length < 2 || isRevision(operands[0])
    ? refuseFiles(operands.filter((word) => !isRevision(word)))
    : `${operands[0]} could be any file; put a range, a commit id or HEAD~0 first`;

/** `%G…` in a format starts gpg, also with a sign before the G. */
const noSignatures: OperandCheck = ({ options }) =>
  options.some(([_, value]) => /%[-+ ]*G/.test(value)) ? "its format would start gpg" : null;

/** A number of this repository or `owner/name`: an address or another host would be sent the token. */
const githubNumber: OperandCheck = ({ options, operands }) => {
  const repositories = options.filter(([name]) => name === "--repo" || name === "-R");
  if (!repositories.every(([_, value]) => /^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(value))) {
    return "its --repo is not owner/name";
  }
  return operands.every((word) => /^\d+$/.test(word)) ? null : "its operand is not a number";
};

function has(options: ParsedOptions["options"], name: string): boolean {
  return options.some(([given]) => given === name);
}

function isRevision(word: string): boolean {
  return COMMIT.test(word) || RANGE.test(word);
}

/** Returns why a path is spelled as if it led to what is not meant to be read; `null` if none is. */
export function refuseFiles(paths: string[]): string | null {
  for (const path of paths) {
    if (path.startsWith("/")) return `${path} is not inside the data directory`;
    // `..` leads out; `.looop` and `.git` hold the profile's secret and credentials.
    if (path.split("/").some((part) => part.startsWith(".") && part !== ".")) {
      return `${path} leads out of the data directory or to a hidden file`;
    }
  }
  return null;
}

/** How one program or subcommand may be used without approval. */
interface ReadOnlyCommand {
  /** The options allowed, in the notation of `parseOptions`. All others are refused. */
  options: string;
  /** Checks operands and option values. Default: all are allowed. */
  check?: OperandCheck;
  /** Which operands name files of the data directory. Default: none. */
  files?: FilesFrom;
  /** Arguments inserted before the given ones. */
  insert?: string[];
}

// To inspect a submodule, git starts itself there, with the submodule's own config.
const NO_SUBMODULES = "--ignore-submodules=all";

const DIFF = "-p -u -M -C -w -b --patch --no-patch -s --stat[=] --shortstat --numstat --summary " +
  "--name-only --name-status --no-color --color[=] --word-diff[=] --no-renames --diff-filter= --unified= " +
  "--ignore-all-space --ignore-space-change --exit-code --check -S: -G:";
const LOG = "-# -n: --max-count= --skip= --oneline --graph --all --branches --tags --decorate[=] " +
  "--no-decorate --since= --until= --after= --before= --author= --committer= --grep= -i --format= " +
  "--pretty[=] --date= --merges --no-merges --first-parent --reverse --follow --abbrev-commit " +
  "--left-right --cherry-pick";
const LIST = "--list -a -r -v --all --remotes --verbose --merged --no-merged --contains= " +
  "--no-color --no-column";
const GITHUB = "-R: --repo: --json:";
const GITHUB_LIST =
  `${GITHUB} -L: --limit: -s: --state: -A: --author: -a: --assignee: -l: --label: -S: --search:`;

/**
 * The read-only list: commands that `run` may start without approval. None of the options here starts another program
 * or writes, and operands of the plain programs stay among the visible files of the data directory, because the output
 * is sent to the model's provider. `git -C` may name any repository of the user. When they start, `profile/command.ts`
 * resolves their paths, and `profile/git_view.ts` lets git see only what it allows of a repository.
 *
 * Excluded on purpose: `grep -r` and `-f`, `tail -f` and `+1f`, `sort -o`, `find`, `env`, `gh --jq` (it can print the
 * environment), `gh run view --log` (writes a cache), `git remote -v` (addresses can hold a token), `git grep`
 * and `git diff --no-index` (any file), `git rev-parse --git-dir` (it would print a directory of looop), `git log --output`,
 * `-O`, `--show-signature`, `git blame --contents`.
 */
export const READ_ONLY_COMMANDS: Record<string, ReadOnlyCommand> = {
  "pwd": { options: "-L -P", check: none },
  "date": { options: "-u -R -I -d: --utc --date: --iso-8601[=] --rfc-3339:", check: dateFormat },
  "ls": {
    options: "-1 -a -A -d -F -h -i -l -n -p -r -R -s -S -t --all --recursive",
    files: allFiles,
  },
  "cat": { options: "-A -b -e -E -n -s -t -T -v", files: allFiles },
  "head": { options: "-# -n: -c: -q -v --lines: --bytes:", files: allFiles },
  "tail": { options: "-# -n: -c: -q -v --lines: --bytes:", files: allFiles, check: noPlus },
  "wc": { options: "-c -l -L -m -w --bytes --chars --lines --words", files: allFiles },
  "stat": { options: "-c: -L -t --format: --printf:", files: allFiles },
  "du": { options: "-a -b -c -d: -h -k -m -s --max-depth: --human-readable", files: allFiles },
  "df": { options: "-a -h -i -k -l -P -T --human-readable", files: allFiles },
  "grep": {
    options:
      "-A: -B: -C: -c -e: -E -F -G -h -H -i -l -L -m: -n -o -q -s -v -w -x --color[=] --max-count:",
    files: afterPattern,
  },
  "git status": {
    options:
      "-s -b --short --branch --long --porcelain[=] --show-stash --untracked-files[=] --ignored[=]",
    insert: [NO_SUBMODULES],
  },
  "git log": { options: `${LOG} ${DIFF}`, check: noSignatures },
  "git show": {
    options: `${DIFF} --oneline --format= --pretty[=] --date= --abbrev-commit`,
    check: noSignatures,
  },
  "git diff": {
    options: `${DIFF} --cached --staged --merge-base`,
    check: revisionsAndPaths,
    insert: [NO_SUBMODULES],
  },
  "git shortlog": { options: "-s -n -e -c --since= --until= --no-merges --all" },
  "git blame": { options: "-L: -w -e -l -s -t -M -C --date=" },
  "git branch": { options: `${LIST} --show-current`, check: patternsOfList },
  "git tag": { options: "--list -l --merged --no-merged --contains=", check: patternsOfList },
  "git remote": { options: "", check: none },
  "git rev-parse": {
    options:
      "--verify --quiet -q --short[=] --abbrev-ref[=] --show-toplevel --symbolic-full-name " +
      "--is-inside-work-tree --is-bare-repository",
  },
  "git ls-files": {
    options: "-c -d -m -o -s -t -u --cached --deleted --modified --others --stage --unmerged " +
      "--exclude-standard --full-name",
  },
  "gh pr list": gh(`${GITHUB_LIST} -B: --base: -H: --head: -d --draft --app:`),
  "gh pr view": gh(`${GITHUB} -c --comments`),
  "gh pr checks": gh(`${GITHUB} --required`),
  "gh pr status": gh(`${GITHUB} -c --conflict-status`),
  "gh pr diff": gh("-R: --repo: --name-only --patch --color:"),
  "gh issue list": gh(`${GITHUB_LIST} -m: --milestone: --mention:`),
  "gh issue view": gh(`${GITHUB} -c --comments`),
  "gh issue status": gh(GITHUB),
  "gh run list": gh(
    `${GITHUB} -L: --limit: -s: --status: -b: --branch: -w: --workflow: -e: --event: -u: --user: -c: ` +
      "--commit:",
  ),
  "gh run view": gh(`${GITHUB} -v --verbose --exit-status -a: --attempt:`),
};

/** All operands of `gh` must be numbers. */
function gh(options: string): ReadOnlyCommand {
  return { options, check: githubNumber };
}
