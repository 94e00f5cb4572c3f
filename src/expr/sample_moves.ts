import type { Move } from "../model/move.ts";
import { type MoveVariable, moveVariable } from "./variables.ts";

/** A command has any number of words, and an ask any number of options. */
const MOST_WORDS = 12;

/**
 * Moves of every shape that a rule can meet: each action with and without what it may leave out, commands of
 * every length and those that are not simple, and the commands and scripts that other moves bring along. Their
 * texts are as short as can be, since those break what takes them apart.
 */
export function sampleMoves(): MoveVariable[] {
  const journal = "x";
  const all = { journal, goal: "x", more: false, next_interval_s: 2.5 };
  const text = "x";
  const moves: Move[] = [
    { action: "noop", journal, reason: text },
    { action: "archive_goal", journal, id: text },
    { action: "write_goal", journal, id: text, body: text },
    { action: "write_sensor", journal, name: text, script: text },
    { action: "remove_sensor", journal, name: text },
    { action: "write_playbook", journal, body: text },
    { action: "start_worker", journal, id: text, prompt: text },
    { action: "start_worker", journal, id: text, prompt: text, runner: text, verify: text },
    { action: "stop_worker", journal, id: text, reason: text },
    { action: "ask", journal, question: text },
  ];
  const samples = moves.flatMap((move) => [
    moveVariable(move, null),
    moveVariable({ ...move, ...all }, null),
  ]);
  const command = moveVariable({ action: "run", journal, command: text }, null);
  for (const bringing of [command, ...samples]) {
    samples.push({ ...bringing, action: "run", command: text });
  }
  for (let count = 1; count <= MOST_WORDS; count++) {
    const words: string[] = Array(count).fill(text);
    samples.push({ ...command, simple: true, argv: words });
    samples.push(moveVariable({ action: "ask", journal, question: text, options: words }, null));
  }
  return samples;
}
