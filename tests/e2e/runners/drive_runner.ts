import { join } from "@std/path";
import type { Runner } from "../../../src/decide/runners/runner.ts";
import { runProgram } from "../../../src/os/run_program.ts";
import type { RunnerResult } from "../../../src/schema/decision.ts";
import { PROGRAM_MS } from "../../support/eventually.ts";
import type { RunnerHome } from "./isolated_home.ts";

/** What a call of a real program gave. */
export interface Driven {
  result: RunnerResult;
  /** What a person would have seen, a line or message each. */
  shown: string[];
  /** All of stdout. */
  stdout: string;
  ms: number;
  ending: "exited" | "deadline" | "killed";
}

/** Calls a real runner program once, in an empty directory inside its home. */
export async function driveRunner(
  runner: Runner,
  home: RunnerHome,
  { prompt = "Decide one move. Reply JSON.", system = "You decide.", deadlineMs = PROGRAM_MS }: {
    prompt?: string;
    system?: string;
    deadlineMs?: number;
  } = {},
): Promise<Driven> {
  const cwd = await Deno.makeTempDir({ dir: home.dir });
  const promptFile = join(cwd, "prompt.md");
  const systemFile = join(cwd, "system.md");
  await Deno.writeTextFile(promptFile, prompt);
  await Deno.writeTextFile(systemFile, system);
  const { argv, env } = runner.start({ promptFile, systemFile });
  const reader = runner.read(() => new Date());
  const stop = new AbortController();
  const shown: string[] = [];
  const take = (pick: ((line: string) => string | undefined) | undefined) =>
    lineTaker((line) => {
      const text = pick?.(line);
      if (text) shown.push(text);
      if (reader.hopeless) stop.abort();
    });
  const stdout = take((line) => reader.line(line));
  const stderr = take((line) => reader.errorLine?.(line));
  const end = await runProgram({
    argv,
    cwd,
    env: { ...home.env, ...env },
    stdinFile: promptFile,
    deadlineMs,
    signal: stop.signal,
    onStdout: (chunk) => void stdout.take(chunk),
    onStderr: (chunk) => void stderr.take(chunk),
  });
  stdout.end();
  stderr.end();
  return { result: reader.end(end), shown, stdout: stdout.all(), ms: end.ms, ending: end.ending };
}

function lineTaker(onLine: (line: string) => void) {
  const decoder = new TextDecoder();
  let all = "";
  let rest = "";
  return {
    take(chunk: Uint8Array) {
      const text = decoder.decode(chunk, { stream: true });
      all += text;
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(onLine);
    },
    end() {
      if (rest !== "") onLine(rest);
      rest = "";
    },
    all: () => all,
  };
}
