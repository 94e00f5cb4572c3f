import type { Move } from "../model/move.ts";
import { type MoveVariable, moveVariable } from "./variables.ts";

/** A command has any number of words, and an ask any number of options. */
const MOST_WORDS = 12;

/**
 * Moves of every shape that a rule can meet: each action with and without what it may leave out, commands of
 * every length and those that are not simple, and the commands and scripts that other moves bring along.
 *
 * @param texts what an expression looks for, which stand for the texts that it lets through
 */
export function sampleMoves(texts: string[] = []): MoveVariable[] {
  // As short as can be: that breaks what takes texts apart.
  const whole = movesOf("x").concat(listsOf("x"));
  return [...whole, ...texts.flatMap((text) => movesOf(text).filter(({ goal }) => goal !== ""))];
}

function movesOf(text: string): MoveVariable[] {
  const journal = text;
  const all = { journal, goal: text, more: false, next_interval_s: 2.5 };
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
    { action: "ask", journal, question: text, ref: text },
  ];
  const samples = moves.flatMap((move) => [
    moveVariable(move, null),
    moveVariable({ ...move, ...all }, null),
  ]);
  const command = moveVariable({ action: "run", journal, command: text }, null);
  for (const bringing of [command, ...samples]) {
    samples.push({ ...bringing, action: "run", command: text });
  }
  return samples;
}

function listsOf(text: string): MoveVariable[] {
  const command = moveVariable({ action: "run", journal: text, command: text }, null);
  const samples: MoveVariable[] = [];
  for (let count = 1; count <= MOST_WORDS; count++) {
    const words: string[] = Array(count).fill(text);
    samples.push({ ...command, simple: true, argv: words });
    const ask: Move = { action: "ask", journal: text, question: text, options: words };
    samples.push(moveVariable(ask, null));
  }
  return samples;
}
