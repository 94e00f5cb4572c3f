import type { ASTNode, Environment } from "@marcbachmann/cel-js";
import { celEnvironment } from "./cel_environment.ts";
import { children } from "./children.ts";
import { describeCelError } from "./describe_cel_error.ts";
import { sampleMoves } from "./sample_moves.ts";
import { sampleTexts } from "./sample_texts.ts";
import { toCel } from "./to_cel.ts";
import { type MoveVariable, POLICY_VARIABLES } from "./variables.ts";

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
