import { sha256Hex } from "../model/sha256.ts";

/**
 * The id of the ask that a run makes, short enough to type: the same for the same run, so that a move
 * repeated after a crash finds its own ask instead of making a second.
 */
export async function askIdOf(runId: string): Promise<string> {
  return (await sha256Hex(`ask ${runId}`)).slice(0, 6);
}
