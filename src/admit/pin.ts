import { extname, join } from "@std/path";
import { isExecutable, realPath } from "../os/stat.ts";
import { digestNamed } from "../profile/named_files.ts";
import type { Profile } from "../profile/profile.ts";
import { type AdmittedAction, type AdmittedCommand, ANY_CONTENT } from "../schema/action.ts";
import { NO_ACCESS } from "../schema/config.ts";
import { pickAgent } from "../workers/agents/presets.ts";
import { commandOf, withRunnerOf } from "./action.ts";
import { checkReadOnly, type ReadOnlyCheck } from "./read_only.ts";
import { tokenizeCommand } from "./tokenize.ts";

/**
 * Resolves what an action only names: the data directory, the files that its commands name, and the runner that `auto`
 * stands for.
 */
export async function pinAction(profile: Profile, action: AdmittedAction): Promise<AdmittedAction> {
  const { command, verify, worker } = action;
  const picked = worker?.runner === "auto" ? installedRunner(profile) : null;
  return {
    ...action,
    command: command && await pinCommand(profile, command),
    verify: verify && await pinVerify(profile, verify),
    worker: worker && picked ? withRunnerOf(worker, picked, profile.config) : worker,
  };
}

/** Admits a command that the user gave, with no access: as a rule would judge it, but without a verdict. */
export async function admitCommand(profile: Profile, text: string): Promise<AdmittedCommand> {
  const { dataDir } = profile.paths;
  const tokens = tokenizeCommand(text);
  const command: ReadOnlyCheck = tokens.simple
    ? checkReadOnly(tokens.argv, dataDir)
    : { readOnly: false, why: tokens.why };
  return await pinVerify(profile, commandOf(text, { tokens, command, access: NO_ACCESS, dataDir }));
}

function installedRunner(profile: Profile): string | null {
  try {
    return pickAgent(profile, "auto").agent.name;
  } catch {
    return null; // the start of the worker reports it
  }
}

async function pinCommand(profile: Profile, command: AdmittedCommand): Promise<AdmittedCommand> {
  // What a command that only reads names is resolved when it starts.
  if (command.reads !== null) return command;
  const cwd = await realPath(command.cwd) ?? command.cwd;
  return { ...command, cwd, files: await digestNamed(profile, command.argv) };
}

/** Programs that never run what an operand names. */
const READERS = new Set([
  ...["cat", "cmp", "diff", "grep", "head", "jq", "ls", "stat", "tail", "test", "wc"],
]);

/** Extensions of files that are no programs, unless an interpreter is told to run them. */
const DATA = new Set([
  ...[".csv", ".diff", ".html", ".json", ".jsonl", ".log", ".md", ".out", ".patch", ".svg"],
  ...[".toml", ".tsv", ".txt", ".xml", ".yaml", ".yml"],
]);

/** What may run the files after it, in a text for a shell or as a word. */
const RUNS_FILES =
  /(^|[\s;&|(`/])(\.|source|eval|exec|env|xargs|make|awk|gawk|sed|perl|ruby|node|deno|bun|php|lua|tclsh|Rscript|julia|\w*sh|python[\d.]*|pypy\d*)(?=$|\s)/;

/**
 * Of a `verify`, pins the files that could be run. What the worker is to write may be missing or other at first: data that
 * nothing in the command would run, directories, and what is not there yet.
 */
async function pinVerify(profile: Profile, verify: AdmittedCommand): Promise<AdmittedCommand> {
  const pinned = await pinCommand(profile, verify);
  if (pinned.simple && READERS.has(pinned.argv[0])) return { ...pinned, files: {} };
  const text = pinned.simple ? pinned.argv.join(" ") : pinned.argv[2];
  const mayRunData = RUNS_FILES.test(text);
  const files = Object.entries(pinned.files).flatMap(([path, digest]) => {
    const isData = DATA.has(extname(path)) && !isExecutable(join(profile.paths.dataDir, path));
    if (isData && !mayRunData) return [];
    return [[path, digest && !path.endsWith("/") ? digest : ANY_CONTENT] as const];
  });
  return { ...pinned, files: Object.fromEntries(files) };
}
