import { resolve } from "@std/path";
import { parseOptions } from "./parse_options.ts";
import { READ_ONLY_COMMANDS } from "./read_only_commands.ts";

/** Whether a command only reads: then the words to start, else in one line why not. */
export type ReadOnlyCheck = { readOnly: true; argv: string[] } | { readOnly: false; why: string };

/** What looks at a signature, whichever format the repository's config has it in. */
const GPG = ["gpg.program", "gpg.openpgp.program", "gpg.x509.program", "gpg.ssh.program"];

/** A word on one protocol in the repository's config would stand above one on all of them. */
const PROTOCOLS = ["ext", "file", "git", "ssh", "http", "https", "ftp", "ftps"];

/**
 * What git is told before a read-only subcommand: a repository may be anywhere, and its config or a bare
 * repository among its files could name programs to start. Left: filters that the repository's own config
 * defines, which git cannot switch off by a general name.
 */
const GIT_GUARDS = [
  "--no-pager",
  "--no-optional-locks",
  ...["-c", "core.fsmonitor=false"],
  ...["-c", "core.hooksPath=/dev/null"],
  ...["-c", "safe.bareRepository=explicit"],
  ...["-c", "log.showSignature=false"],
  // The config can name a format that checks signatures.
  ...GPG.flatMap((key) => ["-c", `${key}=false`]),
  // A submodule's own config would count in the git that shows it.
  ...["-c", "diff.submodule=short"],
  ...["-c", "status.submoduleSummary=false"],
  // A partial clone would fetch what it lacks.
  ...["-c", "protocol.allow=never"],
  ...PROTOCOLS.flatMap((name) => ["-c", `protocol.${name}.allow=never`]),
];

/**
 * Checks a simple command against the read-only list.
 *
 * @param given the words of a simple command
 * @param dataDir where it is started, absolute
 * @returns for a read-only one the words to start, which for git are more than the given ones
 */
export function checkReadOnly(given: string[], dataDir: string): ReadOnlyCheck {
  const [program] = given;
  const prefix: string[] = [];
  let words = given.slice(1);
  let folder = dataDir;
  if (program === "git") {
    while (words[0] === "--no-pager" || (words[0] === "-C" && words.length > 1)) {
      const taken = words[0] === "-C" ? 2 : 1;
      if (taken === 2) folder = resolve(folder, words[1]);
      prefix.push(...words.slice(0, taken));
      words = words.slice(taken);
    }
  }
  // Workers write there, a sandboxed one there alone: a repository of theirs could have filters.
  if (folder.startsWith(`${resolve(dataDir)}/`)) {
    return { readOnly: false, why: `${folder} lies in the data directory, where workers write` };
  }
  const depth = program === "git" ? 1 : program === "gh" ? 2 : 0;
  const name = [program, ...words.slice(0, depth)].join(" ");
  if (words.length < depth || !Object.hasOwn(READ_ONLY_COMMANDS, name)) {
    return { readOnly: false, why: `${name} is not on the read-only list` };
  }
  const command = READ_ONLY_COMMANDS[name];
  const rest = words.slice(depth);
  const parsed = parseOptions(rest, command.options, { anywhere: depth > 0 });
  if (typeof parsed === "string") return { readOnly: false, why: `${name}: ${parsed}` };
  for (const check of command.checks) {
    const why = check(parsed);
    if (why !== null) return { readOnly: false, why: `${name}: ${why}` };
  }
  const guards = program === "git" ? GIT_GUARDS : [];
  return {
    readOnly: true,
    argv: [
      program,
      ...guards,
      ...prefix,
      ...words.slice(0, depth),
      ...(command.insert ?? []),
      ...rest,
    ],
  };
}
