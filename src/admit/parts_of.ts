import { type Config, PRESET_NAMES } from "../model/config.ts";
import type { Move } from "../model/move.ts";
import { tokenizeCommand, type Tokenized } from "./tokenize_command.ts";

/** What has to know of the config to tell what a move would start. */
export type RunnersConfig = Pick<Config, "runners" | "worker_runner">;

/**
 * What policy judges of a move: the move itself, or something that it would start, as if it were a `run`:
 *
 * - `verify`: the command that tells whether a worker's work is right
 * - `worker`: the command of a runner of the person's own, which the worker is
 * - `script`: of a sensor
 */
export interface Part {
  part: "move" | "verify" | "worker" | "script";
  /** The move; of another part, with all its fields, but `run` as its action, and the command. */
  move: Move;
  /** How the command of a `run` reads, `null` for any other move. */
  tokens: Tokenized | null;
}

/**
 * Takes a move apart into what policy has to judge, itself first. There is no side door: whatever runs is
 * judged as a command.
 */
export function partsOf(move: Move, config: RunnersConfig): Part[] {
  const parts: Part[] = [
    { part: "move", move, tokens: move.action === "run" ? tokenizeCommand(move.command) : null },
  ];
  const command = (part: Part["part"], text: string, tokens = tokenizeCommand(text)) =>
    parts.push({ part, move: { ...move, action: "run", command: text } as Move, tokens });
  if (move.action === "write_sensor") {
    // Even one that reads like plain words is started as a program, or by Deno.
    command("script", move.script, { simple: false, why: "it is a program" });
  }
  if (move.action !== "start_worker") return parts;
  if (move.verify !== undefined) command("verify", move.verify);
  const name = move.runner ?? config.worker_runner;
  // Which one `auto` means is known when it is started: any of them could be.
  for (const runner of name === "auto" ? PRESET_NAMES : [name]) {
    const own = Object.hasOwn(config.runners, runner) ? config.runners[runner].worker : undefined;
    if (own !== undefined) command("worker", own);
  }
  return parts;
}

/** What a part is called in a verdict's reason; empty for the move itself. */
export function partLabel(part: Part["part"]): string {
  return {
    move: "",
    verify: "its verify command: ",
    worker: "its worker's command: ",
    script: "its script: ",
  }[part];
}
