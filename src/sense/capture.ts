import { type ProgramRequest, runProgram } from "../os/run_program.ts";
import type { Captured } from "./output.ts";

/** Runs a program and returns at most `maxBytes` of its stdout; one byte more and it is killed. */
export async function captureOutput(
  request: Omit<ProgramRequest, "onStdout">,
  maxBytes: number,
): Promise<Captured> {
  const buffer = new Uint8Array(maxBytes);
  let length = 0;
  let overflowed = false;
  const end = await runProgram({
    ...request,
    onStdout(chunk) {
      const room = maxBytes - length;
      buffer.set(chunk.subarray(0, room), length);
      length += Math.min(chunk.length, room);
      if (chunk.length <= room) return;
      overflowed = true;
      return "enough";
    },
  });
  return { output: buffer.subarray(0, length), overflowed, end };
}
