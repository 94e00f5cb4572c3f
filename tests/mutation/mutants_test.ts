import { assertEquals } from "@std/assert";
import { applyMutant, identify, mutantsOf, sample } from "./mutants.ts";

/** Gives what the mutants of one statement make of it. */
function mutated(text: string): string[] {
  return mutantsOf("a.ts", text).map((mutant) => applyMutant(text, mutant));
}

Deno.test("mutantsOf changes comparisons to their opposite and to the other boundary", () => {
  assertEquals(mutated("f = a === b"), [";", "f = a !== b"]);
  assertEquals(mutated("const f = a < b"), ["const f = a <= b", "const f = a >= b"]);
});

Deno.test("mutantsOf changes logical operators without changing what binds to them", () => {
  assertEquals(mutated("const f = a && b"), ["const f = (a || b)"]);
  assertEquals(mutated("const f = a ?? b ?? c"), [
    "const f = (a && b) ?? c",
    "const f = (a ?? b && c)",
  ]);
});

Deno.test("mutantsOf decides conditions beforehand, but makes no loop endless", () => {
  assertEquals(mutated("if (a) f;"), ["if (true) f;", "if (false) f;", "if (a) ;"]);
  assertEquals(mutated("const f = a ? b : c"), [
    "const f = true ? b : c",
    "const f = false ? b : c",
  ]);
  assertEquals(mutated("while (a) f();"), ["while (false) f();", "while (a) ;"]);
});

Deno.test("mutantsOf changes literals", () => {
  assertEquals(mutated("const f = true"), ["const f = false"]);
  assertEquals(mutated('const f = "a"'), ['const f = ""']);
  assertEquals(mutated('const f = ""'), ['const f = "mutated"']);
  assertEquals(mutated("const f = `a${b}`"), ['const f = ""']);
  assertEquals(mutated("const f = 1"), ["const f = 0"]);
  assertEquals(mutated("const f = 8"), ["const f = 9"]);
  assertEquals(mutated("const f = 0o600"), ["const f = 0"]);
  assertEquals(mutated("const f = /^a$/i"), ["const f = /a$/i", "const f = /^a/i"]);
  assertEquals(mutated("const f = /a\\$/"), []);
});

Deno.test("mutantsOf changes calls, arrays and spreads", () => {
  assertEquals(mutated("const f = a.some(b)"), ["const f = a.every(b)"]);
  assertEquals(mutated("const f = a.filter(b)"), ["const f = a"]);
  assertEquals(mutated("const f = a.toString()"), []);
  assertEquals(mutated("const f = a?.b"), ["const f = a.b"]);
  assertEquals(mutated("const f = [a, b]"), ["const f = []", "const f = [b, a]"]);
  assertEquals(mutated("const f = new Set([a, b])"), ["const f = new Set([])"]);
  assertEquals(mutated("const f = new Set([...[a, b]])"), [
    "const f = new Set([])",
    "const f = new Set([...[]])",
  ]);
  assertEquals(mutated("const f = [...[a, b]].includes(c)"), [
    "const f = [].includes(c)",
    "const f = [...[]].includes(c)",
  ]);
  assertEquals(mutated("const f = [...[a, b]]"), [
    "const f = []",
    "const f = [...[]]",
    "const f = [...[b, a]]",
  ]);
  assertEquals(mutated("const f = { ...a }"), ["const f = { ...{} }"]);
});

Deno.test("mutantsOf removes statements, and the care for resources or its order", () => {
  assertEquals(mutated("await f();"), [";"]);
  assertEquals(mutated("throw new Error(`no ${a}`);"), [";"]);
  assertEquals(mutated("{ await using a = f(); using b = g(); }"), [
    "{ const a = f(); using b = g(); }",
    "{ using b = g();\nawait using a = f(); }",
    "{ await using a = f(); const b = g(); }",
  ]);
  assertEquals(mutated("{ using a = f(); using b = g(a); }").length, 2);
});

Deno.test("mutantsOf leaves types, imports, names, and texts that only describe alone", () => {
  for (
    const text of [
      'import { a } from "./a.ts";',
      'export { a } from "./a.ts";',
      'type A = "a" | 1 | true;',
      'interface A { b: "c"; }',
      'const f = a as "b";',
      'const f = await import("./a.ts");',
      'const f = { "a": b };',
      'const f = cannot("read", path);',
      'const f = new UserError("it is " + `${a} not there`);',
      'const f = schema.describe("what it is");',
      '// if (a === "b") f();',
    ]
  ) assertEquals(mutated(text), [], text);
});

Deno.test("identify names a mutant by its declaration and lines, and counts where these are the same", () => {
  const text = 'class A {\n  b() {\n    f();\n    g();\n    f();\n  }\n}\nconst c = "d";\n';
  const mutants = mutantsOf("directory/a.ts", text);
  assertEquals(mutants.map(identify), [
    "directory/a.ts > A.b\n- f();\n+ ;",
    "directory/a.ts > A.b\n- g();\n+ ;",
    "directory/a.ts > A.b #2\n- f();\n+ ;",
    'directory/a.ts > c\n- const c = "d";\n+ const c = "";',
  ]);
  assertEquals(mutants.map(({ line }) => line), [3, 4, 5, 8]);
  const moved = mutantsOf("directory/a.ts", `\n\nlet e;\n${text}`);
  assertEquals(moved.map(identify), mutants.map(identify));
});

Deno.test("sample draws the same mutants for a seed, in their order, wherever they are", () => {
  const text = Array.from({ length: 50 }, (_, index) => `f(a${index});\n`).join("");
  const draw = (text: string, seed: string) =>
    sample(mutantsOf("a.ts", text), 10, seed).map(({ removed }) => removed);
  const drawn = draw(text, "1");
  assertEquals(drawn.length, 10);
  assertEquals(draw(text, "1"), drawn);
  assertEquals(draw(`let b;\n${text}`, "1"), drawn);
  assertEquals(text.split("\n").filter((line) => drawn.includes(line)), drawn);
  assertEquals(draw(text, "2").join() === drawn.join(), false);
  assertEquals(sample(mutantsOf("a.ts", text), Infinity, "1").length, 50);
});
