/**
 * Makes the mutants of a source text: copies of it with one small fault each. Types, imports and comments are left
 * alone, and so are texts of error messages and of descriptions: no test should have to repeat them.
 *
 * @module
 */

import { createHash } from "node:crypto";
import ts from "typescript";
import { type Edit, editsOf } from "./operators.ts";

/** One small fault in a source file. */
export interface Mutant extends Edit {
  /** The file's path below `src/`. */
  file: string;
  /** The line where the change starts, from 1. */
  line: number;
  /** The last line of the replaced text. */
  endLine: number;
  /** The declaration around it, such as `openLock` or `Lock.isOn`; `""` outside of any. */
  scope: string;
  /** The lines that it changes, without their common indentation. */
  removed: string;
  /** What these lines become. */
  added: string;
  /** Where the same lines of the declaration become the same at several places: which of these it is, from 1. */
  nth: number;
}

/** Gives the mutants of a source text, in the order of the text. */
export function mutantsOf(file: string, text: string): Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const mutants = new Map<string, Mutant>();
  const visit = (node: ts.Node) => {
    if (isUntouched(node)) return;
    for (const edit of editsOf(node, source)) {
      const mutant = describeMutant(file, text, source, node, edit);
      // Different changes may lead to the same text.
      const key = `${mutant.line} ${mutant.endLine} ${mutant.added}`;
      if (mutant.added !== mutant.removed && !mutants.has(key)) mutants.set(key, mutant);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  const sorted = [...mutants.values()].sort((a, b) => a.start - b.start || a.end - b.end);
  const seen = new Map<string, number>();
  return sorted.map((mutant) => {
    const nth = (seen.get(identify(mutant)) ?? 0) + 1;
    seen.set(identify(mutant), nth);
    return { ...mutant, nth };
  });
}

/** Gives the source text with the fault in it. */
export function applyMutant(text: string, { start, end, text: replacement }: Edit): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/**
 * What identifies a mutant as long as its own lines stay: where its declaration moves within the file, and changes
 * elsewhere, do not matter.
 */
export function identify({ file, scope, removed, added, nth }: MutantText): string {
  const lines = (text: string, mark: string) =>
    text.split("\n").map((line) => `${mark} ${line}`.trimEnd());
  const place = scope === "" ? file : `${file} > ${scope}`;
  const head = nth === 1 ? place : `${place} #${nth}`;
  return [head, ...lines(removed, "-"), ...lines(added, "+")].join("\n");
}

/** What {@linkcode identify} reads. */
export type MutantText = Pick<Mutant, "file" | "scope" | "removed" | "added" | "nth">;

/** Draws `count` mutants: the same ones for the same seed, and the others stay where one is added or gone. */
export function sample(mutants: Mutant[], count: number, seed: string): Mutant[] {
  const ranked = mutants.map((mutant) => {
    const rank = createHash("sha256").update(`${seed}\n${identify(mutant)}`).digest("hex");
    return { mutant, rank };
  });
  ranked.sort((a, b) => a.rank < b.rank ? -1 : 1);
  const drawn = new Set(ranked.slice(0, count).map(({ mutant }) => mutant));
  return mutants.filter((mutant) => drawn.has(mutant));
}

/** Types vanish before the program runs; imports and exports name what is tested elsewhere. */
function isUntouched(node: ts.Node): boolean {
  return ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node) ||
    ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) ||
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node) ||
    ts.canHaveModifiers(node) &&
      (ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) ?? false);
}

function describeMutant(
  file: string,
  text: string,
  source: ts.SourceFile,
  node: ts.Node,
  edit: Edit,
): Mutant {
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line;
  const from = text.lastIndexOf("\n", edit.start - 1) + 1;
  const newline = text.indexOf("\n", edit.end);
  const to = newline === -1 ? text.length : newline;
  const before = text.slice(from, to);
  const after = text.slice(from, edit.start) + edit.text + text.slice(edit.end, to);
  return {
    ...edit,
    file,
    line: lineOf(edit.start) + 1,
    endLine: lineOf(edit.end) + 1,
    scope: scopeOf(node),
    removed: dedent(before),
    added: dedent(after),
    nth: 1,
  };
}

/** The name of the outermost declaration around a node, with that of the class member. */
function scopeOf(node: ts.Node): string {
  const names: string[] = [];
  for (let at = node; at && !ts.isSourceFile(at); at = at.parent) {
    const isOutermost = ts.isSourceFile(at.parent);
    if (ts.isClassElement(at) && at.name) names.unshift(at.name.getText());
    if (!isOutermost) continue;
    const named = ts.isVariableStatement(at) ? at.declarationList.declarations[0] : at;
    if ((ts.isClassDeclaration(named) || ts.isFunctionDeclaration(named)) && named.name) {
      names.unshift(named.name.text);
    }
    if (ts.isVariableDeclaration(named)) names.unshift(named.name.getText());
  }
  return names.join(".");
}

function dedent(text: string): string {
  const lines = text.split("\n").map((line) => line.trimEnd());
  const indents = lines.filter((line) => line !== "").map((line) => line.search(/\S/));
  const common = Math.min(...indents);
  return lines.map((line) => line.slice(Number.isFinite(common) ? common : 0)).join("\n");
}
