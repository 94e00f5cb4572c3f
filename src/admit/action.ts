import { extname, join } from "@std/path";
import { isExecutable, realPath } from "../os/stat.ts";
import { markUntrusted } from "../profile/goal_file.ts";
import { digestNamed } from "../profile/named_files.ts";
import type { Profile } from "../profile/profile.ts";
import { markScheduleUntrusted } from "../profile/schedule_file.ts";
import {
  type AdmittedAction,
  type AdmittedCommand,
  type AdmittedEffect,
  type AdmittedWorker,
  type AdmittedWrite,
  ANY_CONTENT,
} from "../schema/action.ts";
import { type Access, type Config, NO_ACCESS, withRunner } from "../schema/config.ts";
import { canonicalJson, sha256Hex } from "../schema/json.ts";
import type { Move } from "../schema/move.ts";
import { headerWords } from "../sense/header.ts";
import { pickAgent } from "../workers/agents/presets.ts";
import type { PartVerdict } from "./admit.ts";
import {
  checkReadOnly,
  type ReadOnlyCheck,
  tokenizeCommand,
  type Tokenized,
} from "./shell_command.ts";

/** A part of a move as policy judged it. */
interface JudgedPart {
  /** Whether its command is on the read-only list; `null` for a part that is no command. */
  command: ReadOnlyCheck | null;
  verdict: PartVerdict;
}

/** What a move is admitted with. */
interface ActionInput {
  tainted: boolean;
  dataDir: string;
  config: Pick<Config, "sandbox" | "runners" | "worker_runner">;
}

/** Makes the action of a move, with its paths as it spells them: {@linkcode pinAction} resolves them. Reads no file. */
export function actionOf(
  move: Move,
  parts: JudgedPart[],
  { tainted, dataDir, config }: ActionInput,
): AdmittedAction {
  const commandIn = (name: PartVerdict["part"]) => {
    const { command, verdict } = parts.find(({ verdict: { part } }) => part === name) ?? {};
    if (!command || verdict?.move.action !== "run") return null;
    const { move: { command: text }, tokens, access } = verdict;
    return commandOf(text, { tokens, command, access, dataDir });
  };
  return {
    sandbox: config.sandbox,
    command: commandIn("move"),
    verify: commandIn("verify"),
    worker: move.action === "start_worker" ? workerOf(move, parts[0].verdict.access, config) : null,
    write: writeOf(move, tainted),
    header: move.action === "write_sensor" ? headerWords(move.script) : null,
    effect: effectOf(move),
  };
}

/** Makes the admitted command of a text. */
export function commandOf(
  text: string,
  { tokens, command, access, dataDir }: {
    tokens: Tokenized | null;
    command: ReadOnlyCheck;
    access: Access;
    dataDir: string;
  },
): AdmittedCommand {
  if (command.readOnly) {
    const { argv, dir: cwd, files: reads } = command.plan;
    return { argv, simple: true, cwd, access, reads, files: {} };
  }
  const simple = tokens?.simple === true;
  const argv = tokens?.simple ? tokens.argv : ["bash", "-c", text];
  return { argv, simple, cwd: dataDir, access, reads: null, files: {} };
}

/** The worker of a move: its runner may add access. */
export function workerOf(
  { id, prompt, goal, runner, model, repo }: Move & { action: "start_worker" },
  access: Access,
  config: Pick<Config, "runners" | "worker_runner">,
): AdmittedWorker {
  const whole = {
    id,
    prompt,
    goal: goal ?? null,
    repo: repo ?? null,
    access,
    model: model ?? null,
    runner: "",
    command: null,
  };
  return withRunnerOf(whole, runner ?? config.worker_runner, config);
}

/** The same worker with another runner. */
export function withRunnerOf(
  worker: AdmittedWorker,
  runner: string,
  { runners }: Pick<Config, "runners">,
): AdmittedWorker {
  const own = Object.hasOwn(runners, runner) ? runners[runner] : undefined;
  const access = withRunner(worker.access, own);
  return { ...worker, runner, command: own?.worker ?? null, access };
}

/** The file that a move writes or removes, as it will be. What untrusted input may have influenced is marked. */
export function writeOf(move: Move, tainted: boolean): AdmittedWrite | null {
  switch (move.action) {
    case "write_goal": {
      const content = tainted ? markUntrusted(move.body) : move.body;
      return { path: `goals/${move.id}.md`, content };
    }
    case "write_sensor":
      return { path: `sensors/${move.name}`, content: move.script };
    case "remove_sensor":
      return { path: `sensors/${move.name}`, content: null };
    case "write_playbook":
      return { path: "PLAYBOOK.md", content: move.body };
    case "write_schedule": {
      const content = tainted ? markScheduleUntrusted(move.body) : move.body;
      return { path: `schedules/${move.name}.yaml`, content };
    }
    case "remove_schedule":
      return { path: `schedules/${move.name}.yaml`, content: null };
    default:
      return null;
  }
}

/** What a move does besides programs and files of the user. */
export function effectOf(move: Move): AdmittedEffect | null {
  switch (move.action) {
    case "noop":
      return { kind: "noop", reason: move.reason };
    case "archive_goal":
      return { kind: "archive_goal", id: move.id };
    case "stop_worker":
      return { kind: "stop_worker", id: move.id, reason: move.reason };
    case "tell_worker":
      return { kind: "tell_worker", id: move.id, text: move.text };
    case "ask": {
      const { question, options, ref } = move;
      return { kind: "ask", question, ...(options && { options }), ...(ref && { ref }) };
    }
    default:
      return null;
  }
}

/** Identifies an action, wherever the data directory is: a clone of it elsewhere would do the same. */
export async function digestAction(profile: Profile, action: AdmittedAction): Promise<string> {
  const dataDir = await realPath(profile.paths.dataDir) ?? profile.paths.dataDir;
  const places = [dataDir, profile.paths.dataDir];
  const moved = (command: AdmittedCommand | null) =>
    command && places.includes(command.cwd) ? { ...command, cwd: "." } : command;
  const { command, verify } = action;
  return await sha256Hex(
    canonicalJson({ ...action, command: moved(command), verify: moved(verify) }),
  );
}

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
