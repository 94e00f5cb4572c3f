import type { Environment } from "../../os/env.ts";
import type { Usage } from "../../schema/decision.ts";
import { plainUsd, quoteWord } from "../../schema/text.ts";

/** How to start an agent; every path is absolute. */
export interface AgentInput {
  /** The prompt, of any length. */
  promptFile: string;
  /** Absent: the program's own default. */
  model?: string;
  /** Directory for the agent's records. */
  workerDir: string;
  /** Directory of {@linkcode AgentStart.files}. Default: `workerDir`. */
  filesDir?: string;
  /** The working directory, symlinks resolved. */
  cwd: string;
  /** US dollars that a custom command may spend; absent: no limit. */
  usdLimit?: number;
  /**
   * Shell command that asks the user for a permission: it reads the request from stdin, may take days, and prints the reply of
   * `permission_hook.ts`. Absent: the user has to attach.
   */
  hookCommand?: string;
  /**
   * Shell command for hooks that run after a tool call and before the agent stops: it reads the hook's input from stdin, and
   * prints the messages that wait for the worker, as the hook's output; nothing if there are none.
   */
  toldCommand?: string;
}

/** How to continue an agent's session. */
export interface ResumeInput extends AgentInput {
  /** The first message, short enough for an argument. */
  message: string;
  /** A file with it, as the prompt of a custom command. */
  messageFile: string;
}

/** How an interactive session is started. */
export interface AgentStart {
  /** For bash. It submits the prompt, of any length, without user input. */
  command: string;
  /** Additional environment variables. */
  env?: Environment;
  /** Files to write before the start: content by path, relative to the worker's directory. */
  files?: Record<string, string>;
}

/**
 * A directory with an agent's settings and credentials. A worker in a sandbox gets a copy: what it wrote to the original
 * could run later, outside the sandbox.
 */
export interface AgentState {
  /** Environment variable that names the directory. */
  variable: string;
  /** Its path relative to `HOME` where the variable is not set. */
  dir: string;
  /** Files to copy, if they exist: credentials and settings, not conversations. */
  files: string[];
  /** More files, relative to `HOME`, where the variable is not set. */
  besides?: string[];
}

/** What a worker has spent so far, in all its sessions; tokens are `null` where its records have only dollars. */
export interface Spend extends Usage {
  /** US dollars; `null` where unknown. */
  cost_usd: number | null;
  /** The model used last; `null` where unknown. */
  model: string | null;
  /** There are more records than were read: tokens are too few, and the cost is unknown. */
  cut?: true;
}

/** A usage limit at which an agent has stopped. */
export interface UsageLimit {
  /** When it was reached, ISO 8601 in UTC. */
  at: string;
  /** When it ends, ISO 8601 in UTC; `null` if unknown. */
  until: string | null;
}

/** A program that works in an interactive session, to which the user can attach. */
export interface Agent {
  name: string;
  /** Its records include dollars, or its command receives the limit. */
  costIsKnown: boolean;
  /** It cannot work without a network. */
  needsNetwork: boolean;
  /** Its own directories. Default: none, or unknown. */
  state?: AgentState[];
  /** Starts the session on the prompt. */
  start(input: AgentInput): AgentStart | Promise<AgentStart>;
  /**
   * Continues the worker's last session, whose program has ended, with a first message; absent: it cannot.
   *
   * @returns `null` where no session is recorded.
   */
  resume?(input: ResumeInput): AgentStart | null | Promise<AgentStart | null>;
  /** Reads the agent's own records, also while it is running; `null` where there are none. */
  readSpend(workerDir: string): Promise<Spend | null>;
  /**
   * Finds the usage limit at which the agent has stopped, by the last entry of its own records, never by its screen; `null`
   * where it is at none. Absent: its records do not tell.
   */
  readLimit?(workerDir: string): Promise<UsageLimit | null>;
  /** Finds what the program asks before it starts, and only the user may answer; `null` where its files show nothing. */
  findObstacle?(cwd: string, env: Environment): Promise<Obstacle | null>;
  /** Shell command in which the user answers these questions. Default: its name. */
  setUpCommand?: string;
  /** Prepares it for a job that no user attends, where {@linkcode Agent.findObstacle} found something. */
  prepare?(cwd: string, env: Environment): Promise<Preparation>;
}

/** What keeps a program from starting unattended. */
export interface Obstacle {
  /** What it asks or lacks, as a sentence. */
  why: string;
  /** It cannot decide either: it is not logged in. */
  decides: boolean;
}

/** How to prepare a program for a job: a script for bash with an argument and stdin; or what the job's author has to do. */
export type Preparation =
  | { script: string; argument: string; stdin: string }
  | { refused: string };

/** The commands of the worker contract; `OWN` is the id of the worker. */
const VERBS = [
  `(ask|flag|unflag|told|kill|cost add) OWN`,
  `(claim|unclaim)`,
  // The file has to be one below where the agent works, and not hidden: its text is shown to the worker, too.
  `propose (playbook|(goal|sensor|schedule) +[\\w-][\\w.-]*) +(-|(?<q>["']?)([\\w-][\\w.-]*/)*[\\w-][\\w.-]*\\k<q>)(?= *(<<|&&|[;\\n]|$))`,
  // These only show what the worker can read anyway.
  `(goal|sensor|schedule) (ls|show)|goal history|playbook (show|history|diff)`,
  `status|asks|journal|policy|help`,
];

/** A shell word without expansion, command or redirection. */
const WORD = `(?:[\\w@%+=:,./-]+|'[^']*'|"[^"$\`\\\\!]*")`;

/** A text for a command's stdin in which the shell expands nothing: up to a line that is its delimiter. */
const TEXT = `<< *(?:'(?<single>\\w+)'|"(?<double>\\w+)")(?=\\n)`;

/** A shell command that {@linkcode isOwnCommand} checks. */
export interface OwnCommand {
  /** Id of the worker. */
  worker: string;
  /** Further commands of looop, such as `sensor test`. */
  more?: string[];
  /** The drafts may have any name. */
  anyDraft?: boolean;
}

/**
 * Reports whether a shell command consists of commands of the worker contract, for this worker, and of drafts that it writes
 * into `reports/`: one after the other, and without expansion except for looop's own variables.
 */
export function isOwnCommand(
  command: string,
  { worker, more = [], anyDraft = false }: OwnCommand,
): boolean {
  const variable = (name: string) => `(?:"\\$${name}"|\\$${name}|"\\$\\{${name}\\}")`;
  const own = `(?:${variable("LOOOP_SESSION_ID")}|${worker})`;
  const verbs = [...VERBS, ...more].join("|").replaceAll("OWN", own);
  const verb = `${variable("LOOOP_BIN")} (?:${verbs})(?: +${WORD})*`;
  const name = draftName(worker, anyDraft);
  const dir = variable("LOOOP_REPORTS_DIR");
  const path = `(?:reports/${name}|${dir}/${name}|"\\$LOOOP_REPORTS_DIR/${name}")`;
  const one = new RegExp(`^(?:${verb}|cat +> *${path}(?= *<<)) *(?:${TEXT})?`);
  for (let rest = command;;) {
    const found = one.exec(rest);
    if (!found) return false;
    rest = rest.slice(found[0].length);
    const delimiter = found.groups?.single ?? found.groups?.double;
    const next = delimiter === undefined
      ? /^\s*$|^(?:&&|;|\n)[ \t\n]*/.exec(rest)
      : new RegExp(`\\n${delimiter}(?:\\s*$|\\n[ \\t\\n]*)`).exec(rest);
    if (!next) return false;
    rest = rest.slice(next.index + next[0].length);
    if (rest === "") return true;
  }
}

/**
 * The pattern of the names of a worker's drafts: those of others stay as they are. Behind a dash, a name could be the report of
 * a worker whose id goes on there.
 */
export function draftName(worker: string, anyDraft: boolean): string {
  return `${anyDraft ? "" : `${worker}[.]`}\\w[\\w.-]*`;
}

/** The first message of a session. The prompt itself may be longer than 128 KiB, the limit of an argument. */
export function firstMessage(promptFile: string): string {
  return `Read all of the file ${promptFile}, and do the task that it describes.`;
}

/**
 * Fills in a custom shell command: `{{prompt_file}}` becomes the quoted path of the prompt, `{{usd_limit}}` the US dollars
 * that it may spend, an empty word where there is no limit.
 */
export function fillCommand(command: string, promptFile: string, usdLimit?: number): string {
  // A function, because `$` is special in a replacement string.
  return command.replaceAll("{{prompt_file}}", () => quoteWord(promptFile))
    .replaceAll("{{usd_limit}}", usdLimit === undefined ? "''" : plainUsd(usdLimit));
}
