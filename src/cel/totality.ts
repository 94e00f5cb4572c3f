import type { ASTNode, Environment } from "@marcbachmann/cel-js";
import type { Move } from "../schema/move.ts";
import { celEnvironment, children, describeCelError, toCel } from "./compile.ts";
import { type MoveVariable, moveVariable, POLICY_VARIABLES } from "./variables.ts";

/** An expression cannot be evaluated on some move, whatever the rest of the world is. */
export interface Break {
  /** The action of that move. */
  action: MoveVariable["action"];
  /** The part that cannot be evaluated. */
  part: string;
  /** Why not, in one line. */
  error: string;
}

/** What a part of an expression may come to: `value` is a value, but no boolean as far as anybody knows. */
interface Outcomes {
  true?: boolean;
  false?: boolean;
  value?: boolean;
  broken?: Omit<Break, "action">;
}

/** The world may hold anything. */
const ANYTHING: Outcomes = { true: true, false: true };

/**
 * Looks for a move on which an admission rule's expression cannot be evaluated. What it reads of sensors,
 * goals and workers may be anything, so each condition on these is taken both ways: `sensors.ci == "red" &&
 * move.argv[0] == "rm"` is found to break on a noop although no sensor is there to look at. That a sensor has
 * no such key is nothing that a look at moves can tell; it is left to the evaluation. Nor is it known what
 * stands in a list at some place: `move.argv[0] == "git" && move.argv[1] == "push"` breaks on a plain `git`.
 *
 * @param source compiles, over `POLICY_VARIABLES`
 */
export async function findBreak(source: string): Promise<Break | null> {
  const { serialize } = await import("@marcbachmann/cel-js");
  const environment = await celEnvironment(POLICY_VARIABLES);
  const root = toTry(environment.parse(source).ast, environment, serialize);
  for (const move of sampleMoves(sampleTexts(root.node))) {
    const values = { move: toCel({ ...move }), now: new Date(0) };
    const { broken, value } = outcomesOf(root, values);
    if (broken) return { action: move.action, ...broken };
    if (value) {
      return { action: move.action, part: source, error: "it gives neither true nor false" };
    }
  }
  return null;
}

/** A node of an expression, ready to be tried. */
interface Part {
  node: ASTNode;
  text: string;
  operands: Part[];
  /**
   * Evaluates it, where it reads nothing but the move and the time. `sure`: what it gives on a sample is what it
   * gives on every such move.
   */
  alone?: { sure: boolean; evaluate(values: Record<string, unknown>): unknown };
}

function toTry(
  node: ASTNode,
  environment: Environment,
  serialize: (node: ASTNode) => string,
): Part {
  const text = serialize(node);
  const names = namesIn(node, new Set());
  const operands = children(node).map((child) => toTry(child, environment, serialize));
  const part: Part = { node, text, operands };
  if ([...names].some((name) => name !== "move" && name !== "now")) return part;
  const sure = !names.has("now") && !picks(node);
  try {
    part.alone = { sure, evaluate: environment.parse(text) };
  } catch {
    // A number may be too large for how it is written out again; the whole did compile.
  }
  return part;
}

/** It looks at some place of a list. */
function picks(node: ASTNode): boolean {
  return node.op === "[]" || children(node).some(picks);
}

/** The variables in it, but for those that its own macros bring. */
function namesIn(node: ASTNode, bound: Set<string>): Set<string> {
  if (node.op === "id") return new Set(bound.has(node.args) ? [] : [node.args]);
  const inner = new Set(bound);
  if (node.op === "rcall") {
    const [, , [variable, ...body]] = node.args;
    if (body.length > 0 && variable.op === "id") inner.add(variable.args);
  }
  const names = new Set<string>();
  for (const child of children(node)) {
    for (const name of namesIn(child, inner)) names.add(name);
  }
  return names;
}

function outcomesOf(part: Part, values: Record<string, unknown>): Outcomes {
  const { node, operands, alone } = part;
  if (alone?.sure) return tryAlone(part, alone, values);
  switch (node.op) {
    case "&&":
      return and(part, outcomesOf(operands[0], values), outcomesOf(operands[1], values));
    case "||": {
      const [left, right] = operands.map((operand) => not(outcomesOf(operand, values)));
      return not(and(part, left, right));
    }
    case "!_":
      return not(outcomesOf(operands[0], values));
    case "?:": {
      const [condition, yes, no] = operands.map((operand) => outcomesOf(operand, values));
      return {
        broken: condition.broken ?? (condition.true ? yes.broken : undefined) ??
          (condition.false ? no.broken : undefined),
        ...ANYTHING,
      };
    }
  }
  for (const operand of operands) {
    const { broken } = outcomesOf(operand, values);
    if (broken) return { broken };
  }
  if (alone) return { broken: tryAlone(part, alone, values).broken, ...ANYTHING };
  return ANYTHING;
}

function tryAlone(
  part: Part,
  alone: NonNullable<Part["alone"]>,
  values: Record<string, unknown>,
): Outcomes {
  try {
    const value = alone.evaluate(values);
    return typeof value === "boolean" ? { [`${value}`]: true } : { value: true };
  } catch (error) {
    for (const operand of part.operands) {
      const inner = operand.alone && tryAlone(operand, operand.alone, values).broken;
      if (inner) return { broken: inner };
    }
    return { broken: { part: part.text, error: describeCelError(error) } };
  }
}

function not({ true: yes, false: no, ...rest }: Outcomes): Outcomes {
  return { true: no, false: yes, ...rest };
}

/** As CEL has it: what is false on one side is false, even where the other breaks. */
function and({ text }: Part, left: Outcomes, right: Outcomes): Outcomes {
  const broken = (side: Outcomes, other: Outcomes) => {
    if (!other.true && !other.broken && !other.value) return undefined;
    return side.broken ??
      (side.value
        ? { part: text, error: "it combines what is neither true nor false" }
        : undefined);
  };
  return {
    true: left.true && right.true,
    false: left.false || right.false,
    broken: broken(left, right) ?? broken(right, left),
  };
}

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

const MAX_LITERALS = 16;

/** Longer than what an expression is likely to take a part of. */
const LONG = "x".repeat(256);

/** Functions that fail on some texts. */
const TAKING_APART = ["split", "substring", "int", "double", "timestamp", "indexOf", "lastIndexOf"];

/** Texts that could break it, where it takes texts apart: a long one, and those that it looks for. */
export function sampleTexts(node: ASTNode): string[] {
  return takesApart(node) ? [LONG, ...literalsIn(node)] : [];
}

function takesApart(node: ASTNode): boolean {
  const name = node.op === "call" || node.op === "rcall" ? node.args[0] : "";
  return TAKING_APART.includes(name) || children(node).some(takesApart);
}

/** The first texts that stand in it. */
function literalsIn(node: ASTNode, found: string[] = []): string[] {
  if (node.op === "value" && typeof node.args === "string" && found.length < MAX_LITERALS) {
    if (!found.includes(node.args)) found.push(node.args);
  }
  for (const child of children(node)) literalsIn(child, found);
  return found;
}
