import type { Environment } from "../host/env.ts";
import { captureOutput } from "../sense/capture_output.ts";

const TIMEOUT_MS = 8000;
const MAX_BYTES = 4096;

/** What a program says to `--version`: its first line, or in one line why it says nothing, with its exit status. */
export type VersionAnswer = { ok: true; version: string } | {
  ok: false;
  why: string;
  status: number;
};

/** Asks a program for its version. */
export async function askVersion(
  argv: string[],
  env: Environment,
  signal: AbortSignal,
): Promise<VersionAnswer> {
  const request = { argv, cwd: "/", env, deadlineMs: TIMEOUT_MS, signal };
  const { output, end } = await captureOutput(request, MAX_BYTES);
  const command = argv.join(" ");
  if (end.ending === "deadline") {
    return {
      ok: false,
      status: end.status,
      why: `${command} did not end within ${TIMEOUT_MS / 1000} s`,
    };
  }
  const [said] = end.stderrTail.trim().slice(0, 200).split("\n");
  // pi tells it on stderr.
  const line = new TextDecoder().decode(output).trim().split("\n")[0] || said;
  if (end.status === 0 && line !== "") return { ok: true, version: line.slice(0, 100).trim() };
  const why = `${command} ended with status ${end.status}${said && `: ${said}`}`;
  return { ok: false, status: end.status, why };
}
