/**
 * The rules of this repository that `deno lint` checks beside its own. `layers.ts` has the table of layers.
 *
 * @module
 */

import { importersIn } from "./importers.ts";
import { placeOf, refuseImport } from "./layers.ts";

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const MAX_LINES = 300;
const MIN_LINES = 40;

/** Names that reach the world outside, the clock or a timer. */
const OUTSIDE = new Set(["Deno", "fetch", "setTimeout", "setInterval"]);
const OUTSIDE_MEMBERS = new Set([
  "AbortSignal.timeout",
  "Date.now",
  "Temporal.Now",
  "performance.now",
]);

/** Files outside of `src/os` that may use them. */
const OUTSIDE_FILES = new Set(["main.ts", "src/std/fs.ts"]);

type Context = Deno.lint.RuleContext;
type Node = Deno.lint.Node;

const rules: Record<string, Deno.lint.Rule> = {
  layers: {
    create(context) {
      const path = pathOf(context);
      const check = (node: Node, source: Node | null) => {
        if (source?.type !== "Literal" || typeof source.value !== "string") return;
        const message = refuseImport(path, source.value);
        if (message !== null) context.report({ node, message });
      };
      return {
        Program() {
          const place = placeOf(path);
          if (place === null || place.layer !== undefined) return;
          const message =
            `${place.dir}/ has no layer; add it to tests/lint/layers.ts, or move ${path}`;
          context.report({ range: [0, 0], message });
        },
        ImportDeclaration: (node) => check(node, node.source),
        ExportAllDeclaration: (node) => check(node, node.source),
        ExportNamedDeclaration: (node) => check(node, node.source),
        ImportExpression: (node) => check(node, node.source),
        "TSImportType Literal": (node: Node) => check(node, node),
      };
    },
  },
  "os-only": {
    create(context) {
      const path = pathOf(context);
      const place = placeOf(path);
      if (place === null || place.dir === "src/os" || OUTSIDE_FILES.has(path)) return {};
      const refuse = (node: Node, what: string) =>
        context.report({
          node,
          message:
            `${what} in ${path}: only src/os and main.ts reach outside; call src/os, or take the value as an argument`,
        });
      return {
        Identifier(node) {
          if (OUTSIDE.has(node.name) && !isNameOnly(node)) refuse(node, node.name);
        },
        MemberExpression(node) {
          const text = context.sourceCode.getText(node);
          if (OUTSIDE_MEMBERS.has(text.replace(/^globalThis\./, ""))) refuse(node, text);
        },
        NewExpression(node) {
          if (isNamed(node.callee, "Date") && node.arguments.length === 0) {
            refuse(node, "new Date()");
          }
        },
        CallExpression(node) {
          if (isNamed(node.callee, "Date")) refuse(node, "Date()");
        },
        ImportDeclaration(node) {
          if (node.source.value.startsWith("node:")) refuse(node, node.source.value);
        },
      };
    },
  },
  "file-length": {
    create(context) {
      return {
        Program() {
          const lines = context.sourceCode.text.trimEnd().split("\n").length;
          if (lines <= MAX_LINES) return;
          const message = `${pathOf(context)} has ${lines} lines, at most ${MAX_LINES}; split it`;
          context.report({ range: [0, 0], message });
        },
      };
    },
  },
  "min-size": {
    create(context) {
      return {
        Program() {
          const path = pathOf(context);
          const lines = context.sourceCode.text.trimEnd().split("\n").length;
          // A file of src/std is named like its package, however little of that is used.
          if (!path.startsWith("src/") || path.startsWith("src/std/") || lines >= MIN_LINES) return;
          const importers = importersIn(ROOT).get(path) ?? [];
          if (importers.length !== 1) return;
          const message = `${path} has ${lines} lines and one importer, ${importers[0]}; ` +
            `merge them, or move it to the file of its concept (at least ${MIN_LINES} lines)`;
          context.report({ range: [0, 0], message });
        },
      };
    },
  },
  "no-swallowed-error": {
    create(context) {
      const check = (node: Node, body: Node) => {
        if (body.type !== "BlockStatement" || body.body.length > 0) return;
        if (context.sourceCode.getCommentsInside(body).length > 0) return;
        const message = `${
          pathOf(context)
        } drops an error; handle it, or explain in a comment why it can be ignored`;
        context.report({ node, message });
      };
      return {
        CatchClause: (node) => check(node, node.body),
        CallExpression(node) {
          const { callee, arguments: [handler] } = node;
          if (callee.type !== "MemberExpression" || !isNamed(callee.property, "catch")) return;
          if (
            handler?.type === "ArrowFunctionExpression" || handler?.type === "FunctionExpression"
          ) {
            if (handler.body) check(node, handler.body);
          }
        },
      };
    },
  },
  "no-partial-tests": {
    create(context) {
      const refuse = (node: Node, what: string) =>
        context.report({
          node,
          message: `${what} in ${pathOf(context)} skips tests; run them all, or delete the test`,
        });
      return {
        MemberExpression(node) {
          const text = context.sourceCode.getText(node);
          if (/^Deno\.test\.(only|ignore)$/.test(text)) refuse(node, text);
        },
        CallExpression(node) {
          const callee = context.sourceCode.getText(node.callee);
          if (callee !== "Deno.test" && !callee.endsWith(".step")) return;
          for (const argument of node.arguments) {
            if (argument.type !== "ObjectExpression") continue;
            for (const property of argument.properties) {
              if (property.type !== "Property") continue;
              for (const name of ["only", "ignore"]) {
                if (isNamed(property.key, name)) refuse(property, `${callee}({ ${name} })`);
              }
            }
          }
        },
      };
    },
  },
};

/** The plugin; `deno.json` names it under `lint.plugins`. */
const plugin: Deno.lint.Plugin = { name: "looop", rules };
export default plugin;

/** The path of the linted file from the root of the checkout. */
function pathOf({ filename }: Context): string {
  return filename.startsWith(ROOT) ? filename.slice(ROOT.length) : filename;
}

function isNamed(node: Node, name: string): boolean {
  return node.type === "Identifier" && node.name === name;
}

/** Whether an identifier merely names a property or an import, rather than use the global of that name. */
function isNameOnly(node: Deno.lint.Identifier): boolean {
  const { parent } = node;
  const is = (other: Node | null) => other?.range[0] === node.range[0];
  switch (parent.type) {
    case "MemberExpression":
      return !parent.computed && !is(parent.object) && !isNamed(parent.object, "globalThis");
    case "TSQualifiedName":
      return is(parent.right);
    case "Property":
    case "PropertyDefinition":
    case "MethodDefinition":
    case "TSPropertySignature":
    case "TSMethodSignature":
      return is(parent.key) && !parent.computed && !("shorthand" in parent && parent.shorthand);
    case "ImportSpecifier":
    case "ExportSpecifier":
      return true;
    default:
      return false;
  }
}
