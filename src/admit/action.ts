import type { Profile } from "../profile/profile.ts";
import { markScheduleUntrusted } from "../profile/schedule_file.ts";
import { markUntrusted } from "../profile/goal_file.ts";
import { realPath } from "../os/stat.ts";
import type {
  AdmittedAction,
  AdmittedCommand,
  AdmittedEffect,
  AdmittedWorker,
  AdmittedWrite,
} from "../schema/action.ts";
import { type Access, type Config, withRunner } from "../schema/config.ts";
import { canonicalJson, sha256Hex } from "../schema/json.ts";
import type { Move } from "../schema/move.ts";
import { headerWords } from "../sense/header.ts";
import type { PartVerdict } from "./admit.ts";
import type { ReadOnlyCheck } from "./read_only.ts";
import type { Tokenized } from "./tokenize.ts";

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

/** Makes the action of a move, with its paths as it spells them: `pin.ts` resolves them. Reads no file. */
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
