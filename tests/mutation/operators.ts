import ts from "typescript";

/** A change of a part of a source text. */
export interface Edit {
  /** What kind of change it is, for the report. */
  operator: string;
  start: number;
  end: number;
  /** What replaces the text from `start` to `end`. */
  text: string;
}

/** Binary operators, and what replaces each. */
const BINARY: Readonly<Record<string, readonly string[]>> = {
  "===": ["!=="],
  "!==": ["==="],
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "+=": ["-="],
  "-=": ["+="],
  "??=": ["="],
};

/** Logical operators, and what replaces each. */
const LOGICAL: Readonly<Record<string, string>> = { "&&": "||", "||": "&&", "??": "&&" };

/** Methods, and the one that is called in place of each. */
const METHODS: ReadonlyMap<string, string> = new Map([
  ["some", "every"],
  ["every", "some"],
  ["startsWith", "endsWith"],
  ["endsWith", "startsWith"],
  ["find", "findLast"],
  ["findLast", "find"],
  ["indexOf", "lastIndexOf"],
  ["lastIndexOf", "indexOf"],
  ["min", "max"],
  ["max", "min"],
  ["floor", "ceil"],
  ["ceil", "floor"],
  ["toLowerCase", "toUpperCase"],
  ["toUpperCase", "toLowerCase"],
]);

/** Methods whose call is replaced by the value they are called on. */
const DROPPED_METHODS = new Set([
  "filter",
  "reverse",
  "slice",
  "sort",
  "toReversed",
  "toSorted",
  "trim",
  "trimEnd",
  "trimStart",
]);

/** Calls whose texts only describe: error messages, and descriptions in schemas. */
const DESCRIBING = /(Error|^cannot|^describe|^description|^title)$/;

/** Integers up to this one are often a count or an index: they are changed by one, larger ones to 0. */
const MAX_COUNT = 16;

/** Gives the changes of one node itself, not of the nodes in it. */
export function editsOf(node: ts.Node, source: ts.SourceFile): Edit[] {
  const text = (other: ts.Node) => other.getText(source);
  const replace = (operator: string, target: ts.Node, ...texts: string[]): Edit[] =>
    texts.map((text) => ({ operator, start: target.getStart(source), end: target.end, text }));

  if (ts.isBinaryExpression(node)) return binaryEdits(node, text, replace);
  if (ts.isPrefixUnaryExpression(node)) {
    if (node.operator === ts.SyntaxKind.ExclamationToken) {
      return replace("negation", node, text(node.operand));
    }
    if (node.operator === ts.SyntaxKind.MinusToken) {
      return replace("arithmetic", node, text(node.operand));
    }
  }
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const swapped = text(node).replace(/\+\+|--/, (found) => found === "++" ? "--" : "++");
    return swapped === text(node) ? [] : replace("arithmetic", node, swapped);
  }
  if (ts.isIfStatement(node)) return replace("condition", node.expression, "true", "false");
  if (ts.isConditionalExpression(node)) {
    return replace("condition", node.condition, "true", "false");
  }
  // A loop that never ends says little for the time that it takes.
  if (ts.isWhileStatement(node)) return replace("condition", node.expression, "false");
  if (ts.isForStatement(node) && node.condition) {
    return replace("condition", node.condition, "false");
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword) return replace("boolean", node, "false");
  if (node.kind === ts.SyntaxKind.FalseKeyword) return replace("boolean", node, "true");
  if (ts.isNumericLiteral(node)) return replace("number", node, otherNumber(node));
  if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) {
    if (!isValue(node) || describes(node)) return [];
    const empty = ts.isStringLiteralLike(node) && node.text === "";
    return replace("string", node, empty ? '"mutated"' : '""');
  }
  if (ts.isRegularExpressionLiteral(node)) {
    return replace("anchor", node, ...unanchored(text(node)));
  }
  if (ts.isCallExpression(node)) return callEdits(node, text, replace);
  if (ts.isPropertyAccessExpression(node) && node.questionDotToken) {
    return replace("optional chaining", node.questionDotToken, ".");
  }
  if (ts.isArrayLiteralExpression(node)) return arrayEdits(node, text, replace);
  if (ts.isSpreadAssignment(node)) return replace("spread", node, "...{}");
  if (ts.isVariableStatement(node)) return usingEdits(node, source);
  if (isRemovable(node)) return replace("statement", node, ";");
  return [];
}

type Text = (node: ts.Node) => string;
type Replace = (operator: string, target: ts.Node, ...texts: string[]) => Edit[];

function binaryEdits(node: ts.BinaryExpression, text: Text, replace: Replace): Edit[] {
  const { left, operatorToken, right } = node;
  const operator = text(operatorToken);
  const logical = LOGICAL[operator];
  if (logical !== undefined) {
    // Without parentheses it could bind otherwise, and `??` may not stand beside `||`.
    return replace("logical operator", node, `(${text(left)} ${logical} ${text(right)})`);
  }
  const isText = [left, right].some((side) =>
    ts.isStringLiteralLike(side) || ts.isTemplateExpression(side)
  );
  if (operator === "+" && isText) return [];
  const kind = /^[!=<>]=*$/.test(operator) ? "comparison" : "arithmetic";
  return replace(kind, operatorToken, ...BINARY[operator] ?? []);
}

function callEdits(node: ts.CallExpression, text: Text, replace: Replace): Edit[] {
  if (!ts.isPropertyAccessExpression(node.expression)) return [];
  const { expression, name } = node.expression;
  const other = METHODS.get(name.text);
  if (other !== undefined) return replace("method", name, other);
  return DROPPED_METHODS.has(name.text) ? replace("method", node, text(expression)) : [];
}

function arrayEdits(node: ts.ArrayLiteralExpression, text: Text, replace: Replace): Edit[] {
  const { elements, parent } = node;
  // The target of an assignment is not a value.
  if (elements.length === 0 || ts.isBinaryExpression(parent) && parent.left === node) return [];
  const edits = replace("array", node, "[]");
  if (elements.length < 2 || isUnordered(node, text)) return edits;
  const reversed = [...elements].reverse().map(text).join(", ");
  return [...edits, ...replace("array", node, `[${reversed}]`)];
}

/** Whether an array, or one that it is spread into, only becomes a set, or is only searched. */
function isUnordered({ parent }: ts.ArrayLiteralExpression, text: Text): boolean {
  if (ts.isSpreadElement(parent) && ts.isArrayLiteralExpression(parent.parent)) {
    return isUnordered(parent.parent, text);
  }
  return ts.isNewExpression(parent) && text(parent.expression) === "Set" ||
    ts.isPropertyAccessExpression(parent) && parent.name.text === "includes";
}

/** Drops a `using`, and swaps it with the next one where that one does not need it. */
function usingEdits(node: ts.VariableStatement, source: ts.SourceFile): Edit[] {
  const found = usingNames(node);
  if (found === null) return [];
  const whole = node.getText(source);
  const keyword = /^(await\s+)?using\b/.exec(whole)?.[0] ?? "";
  const start = node.getStart(source);
  const edits = [{ operator: "using", start, end: start + keyword.length, text: "const" }];
  const siblings = ts.isBlock(node.parent) ? node.parent.statements : undefined;
  const next = siblings?.[siblings.indexOf(node) + 1];
  if (next === undefined || !ts.isVariableStatement(next) || usingNames(next) === null) {
    return edits;
  }
  const text = next.getText(source);
  if (found.some((name) => new RegExp(`\\b${name}\\b`).test(text))) return edits;
  return [...edits, { operator: "using", start, end: next.end, text: `${text}\n${whole}` }];
}

function usingNames({ declarationList }: ts.VariableStatement): string[] | null {
  const isUsing = (declarationList.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using;
  return isUsing ? declarationList.declarations.map(({ name }) => name.getText()) : null;
}

function isRemovable(node: ts.Node): boolean {
  if (ts.isThrowStatement(node) || ts.isBreakOrContinueStatement(node)) return true;
  if (ts.isReturnStatement(node)) return node.expression === undefined;
  if (!ts.isExpressionStatement(node)) return false;
  const { expression } = node;
  return !(ts.isCallExpression(expression) &&
    expression.expression.kind === ts.SyntaxKind.SuperKeyword);
}

/** Tells whether a text is a value, not the name of a property, a module or a directive. */
function isValue(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isExpressionStatement(parent) || ts.isExternalModuleReference(parent)) return false;
  if ("name" in parent && parent.name === node) return false;
  if (ts.isTaggedTemplateExpression(parent) || ts.isImportAttribute(parent)) return false;
  return !(ts.isCallExpression(parent) &&
    parent.expression.kind === ts.SyntaxKind.ImportKeyword);
}

/** Tells whether a text is part of an error's message, or describes something. */
function describes(node: ts.Node): boolean {
  for (let at = node.parent; at && !ts.isStatement(at); at = at.parent) {
    if (!ts.isNewExpression(at) && !ts.isCallExpression(at)) continue;
    const callee = ts.isPropertyAccessExpression(at.expression)
      ? at.expression.name
      : at.expression;
    if (ts.isIdentifier(callee) && DESCRIBING.test(callee.text)) return true;
  }
  return false;
}

function otherNumber(node: ts.NumericLiteral): string {
  const value = Number(node.text);
  if (value === 1) return "0";
  return Number.isInteger(value) && value <= MAX_COUNT ? String(value + 1) : "0";
}

/** Gives a regular expression without its first, and without its last anchor. */
function unanchored(text: string): string[] {
  return [
    ...text.startsWith("/^") && !text.startsWith("/^/") ? [`/${text.slice(2)}`] : [],
    ...!/[^\\]\$\/[a-z]*$/.test(text) ? [] : [text.replace(/\$(\/[a-z]*)$/, "$1")],
  ];
}
