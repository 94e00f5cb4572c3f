import type { Environment } from "../../os/env.ts";
import type { Usage } from "../../schema/decision.ts";

/** What an agent is started with; every path is absolute. */
export interface AgentInput {
  /** The prompt, of any length. */
  promptFile: string;
  /** Absent: the program's own default. */
  model?: string;
  /** The worker's directory, or that part of it which it may write to: the program's records go there. */
  workerDir: string;
  /** Where {@linkcode AgentStart.files} are. Default: `workerDir`. */
  filesDir?: string;
  /** The directory that the session runs in, symlinks resolved. */
  cwd: string;
  /** US dollars that it may cost, for a command of one's own; absent: there is no limit. */
  usdLimit?: number;
  /**
   * Shell command that puts a permission request to the person: it gets the request on stdin, may take days,
   * and prints what `permission_hook.ts` says. Absent: the person has to attach.
   */
  hookCommand?: string;
}

/** How an interactive session is started. */
export interface AgentStart {
  /** For bash. Its prompt is sent by itself; it never fails for being long. */
  command: string;
  /** Added to the environment of the session. */
  env: Environment;
  /** Files to write before the start: content by path, relative to the worker's directory. */
  files: Record<string, string>;
}

/**
 * A directory in which a program keeps what it knows of its user. A worker in a sandbox gets one of its own instead, with
 * copies: what it could write into the user's own would run later, outside.
 */
export interface AgentState {
  /** Environment variable that names the directory. */
  variable: string;
  /** Where it is otherwise, from `HOME` on. */
  dir: string;
  /** What is copied, if it is there: credentials and settings, not what others have said to the program. */
  files: string[];
  /** The same, from `HOME` on, where the variable is not set. */
  besides?: string[];
}

/** What a worker has spent so far, all its sessions together: write it down once, at the worker's end. */
export interface Spend extends Usage {
  /** US dollars; `null` where the program does not know its price. */
  cost_usd: number | null;
  /** The model used last; `null` when nothing says so. */
  model: string | null;
}

/** A program that works in an interactive session, which a person can attach to. */
export interface Agent {
  name: string;
  /** What it costs does not stay unknown: its records tell dollars, or its command is given the limit to keep to. */
  costIsKnown: boolean;
  /** Without a network it cannot work. */
  needsNetwork: boolean;
  /** Its own directories. Default: none, or nobody knows. */
  state?: AgentState[];
  /** Starts the session on the prompt. */
  start(input: AgentInput): Promise<AgentStart>;
  /** Goes on with the worker's last session, whose program has ended; absent: it cannot. */
  resume?(input: AgentInput): Promise<AgentStart>;
  /**
   * Reads the program's own records; at any time, also while it writes them.
   *
   * @returns `null` when there are none: then only the worker itself can say what it cost.
   */
  readSpend(workerDir: string): Promise<Spend | null>;
  /**
   * Says what the program would ask a person before it begins, which no setting of ours may answer for them.
   *
   * @returns one line that says what to do; `null`: nothing stands in the way, as far as its files tell.
   */
  findObstacle?(cwd: string, env: Environment): Promise<string | null>;
}

/** What a worker may tell looop about itself, and how each goes on. */
const VERBS = [
  `(ask|flag|unflag|kill|cost add) OWN`,
  `(claim|unclaim)`,
  `propose (playbook|goal|sensor)`,
];

/** A word without anything that a shell would expand, run or redirect. */
const WORD = `(?:[\\w@%+=:,./-]+|'[^']*'|"[^"$\`\\\\!]*")`;

/**
 * Whether a shell command is one of those that the worker contract tells this worker to use, and nothing more: no
 * second command, no expansion but looop's own variables.
 */
export function isOwnCommand(command: string, worker: string): boolean {
  const variable = (name: string) => `(?:"\\$${name}"|\\$${name}|"\\$\\{${name}\\}")`;
  const own = `(?:${variable("LOOOP_SESSION_ID")}|${worker})`;
  const verbs = VERBS.join("|").replaceAll("OWN", own);
  return new RegExp(`^${variable("LOOOP_BIN")} (?:${verbs})(?: +${WORD})*\\s*$`).test(command);
}

/** What the session is told first. The prompt itself may be longer than the 128 KiB that an argument can have. */
export function firstMessage(promptFile: string): string {
  return `Read all of the file ${promptFile}, and do the task that it describes.`;
}

/** Quotes a text as one word for bash. */
export function quoteWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
