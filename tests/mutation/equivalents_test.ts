import { assertEquals, assertThrows } from "@std/assert";
import { parseEquivalents, staleEntries } from "./equivalents.ts";
import { identify, mutantsOf } from "./mutants.ts";

const ENTRY = "a.ts > f\n- g();\n+ ;\nwhy: g does nothing\n";

Deno.test("parseEquivalents reads entries that identify mutants", () => {
  const [mutant] = mutantsOf("a.ts", "function f() {\n  g();\n}\n");
  const text = `# a comment\n\n${ENTRY}\nb.ts\n- h(\n- );\n+ ;\nwhy: so\n`;
  assertEquals(parseEquivalents(text), [
    { id: identify(mutant), file: "a.ts", why: "g does nothing", line: 3 },
    { id: "b.ts\n- h(\n- );\n+ ;", file: "b.ts", why: "so", line: 8 },
  ]);
  assertEquals(parseEquivalents("# nothing yet\n"), []);
});

Deno.test("parseEquivalents refuses an entry without a reason, without a change, or that is there twice", () => {
  for (const text of ["a.ts\n- g();\n+ ;\n", "a.ts\n- g();\nwhy: so\n", "a.ts\nwhy: so\n"]) {
    assertThrows(() => parseEquivalents(`\n${text}`), SyntaxError, "line 2: an entry is a line");
  }
  assertThrows(() => parseEquivalents(`${ENTRY}\n${ENTRY}`), SyntaxError, "line 6: this entry is");
});

Deno.test("staleEntries gives the entries of tested and of missing files that match no mutant", () => {
  const entries = parseEquivalents(
    ["a.ts > f\n- g();", "a.ts > f\n- old();", "other.ts\n- g();", "gone.ts\n- g();"]
      .map((entry) => `${entry}\n+ ;\nwhy: so\n`).join("\n"),
  );
  const mutants = mutantsOf("a.ts", "function f() {\n  g();\n}\n");
  const tested: Record<string, boolean> = { "a.ts": true, "other.ts": false };
  const stale = staleEntries(entries, mutants, (file) => tested[file] ?? null);
  assertEquals(stale.map(({ line }) => line), [6, 16]);
});
