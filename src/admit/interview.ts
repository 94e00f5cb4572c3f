import { basename, dirname, join, relative, resolve } from "@std/path";
import { isPresent, isPseudo, realPath } from "../os/stat.ts";
import { draftName, isOwnCommand } from "../workers/agents/agent.ts";
import { checkReadOnly, tokenizeCommand } from "./shell_command.ts";

/** Id of the worker that the starter goal `setup` starts for its interview. */
export const INTERVIEWER = "setup";

/** Tools of the agents that read one file, or list names, with the field of the path. */
const READERS: Record<string, string> = {
  Read: "file_path",
  NotebookRead: "notebook_path",
  LS: "path",
  Glob: "path",
};

/** Commands that read only the files that they are given. */
const READING = ["cat", "head", "tail", "ls", "wc"];

/**
 * Reports whether the worker of the interview may use a tool without asking: to read a file that is not hidden, write a draft
 * into `reports/`, run a sensor of the profile, or use looop's commands. The user has started the interview so that it can look around.
 *
 * @param dataDir where it works, absolute
 */
export async function mayInterviewerUse(
  tool: string,
  input: Record<string, unknown>,
  dataDir: string,
): Promise<boolean> {
  if (/^(bash|shell)$/i.test(tool)) {
    const { command } = input;
    if (typeof command !== "string") return false;
    const own = { worker: INTERVIEWER, more: ["sensor test"], anyDraft: true };
    return isOwnCommand(command, own) || await onlyReads(command, dataDir);
  }
  if (await isDraft(tool, input, { worker: INTERVIEWER, dataDir, anyDraft: true })) return true;
  if (!Object.hasOwn(READERS, tool)) return false;
  const path = input[READERS[tool]] ?? dataDir;
  if (typeof path !== "string" || !await isReadable(path, dataDir)) return false;
  // A pattern may lead out of its directory, and to what is hidden there.
  const { pattern = "" } = input;
  return typeof pattern === "string" && !/^[/~]|(^|[/{,])\./.test(pattern);
}

/**
 * Reports whether a worker writes with a tool of its agent to a draft of its own, directly in `reports/`: its contract tells it
 * to, and no one else reads them without the worker's name.
 */
export async function isDraft(
  tool: string,
  { file_path }: Record<string, unknown>,
  { worker, dataDir, anyDraft = false }: { worker: string; dataDir: string; anyDraft?: boolean },
): Promise<boolean> {
  if (!["Write", "Edit"].includes(tool) || typeof file_path !== "string") return false;
  const path = resolve(dataDir, file_path);
  const reports = await realPath(join(dataDir, "reports"));
  if (reports === null || await realPath(dirname(path)) !== reports) return false;
  if (!new RegExp(`^${draftName(worker, anyDraft)}$`).test(basename(path))) return false;
  return !isPresent(path) || await realPath(path) === join(reports, basename(path));
}

async function onlyReads(command: string, dataDir: string): Promise<boolean> {
  const tokens = tokenizeCommand(command);
  if (!tokens.simple || !READING.includes(tokens.argv[0])) return false;
  const words = [];
  for (const word of tokens.argv) {
    // The list below is about files of the data directory, and follows no link.
    if (!word.startsWith("-") && !await isReadable(word, dataDir)) return false;
    words.push(word.startsWith("/") ? "file" : word);
  }
  return checkReadOnly(words, dataDir).readOnly;
}

/** Reports whether neither a path nor what it leads to is hidden, as credentials and settings are. */
async function isReadable(word: string, dataDir: string): Promise<boolean> {
  const path = resolve(dataDir, word);
  const real = [await realPath(dataDir) ?? dataDir, await realPath(path) ?? path];
  return [[dataDir, path], real].every(([dir, path]) => {
    const inside = relative(dir, path);
    const parts = (inside.startsWith("..") ? path : inside).split("/");
    return !isPseudo(path) && !parts.some((part) => part.startsWith("."));
  });
}
