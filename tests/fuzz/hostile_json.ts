import fc from "fast-check";
import { hostileText, mutated } from "./hostile_text.ts";

/** JSON text that is written as it stands, though no value gives it. */
class Raw {
  constructor(readonly text: string) {}
}

const ODD_NUMBERS = [
  ...[0, -0, -1, 0.5, 1e21, 1e300, -1e300, 5e-324, 2 ** 53, 2 ** 53 + 2, -(2 ** 31), 4_102_444_801],
];

const RAW = [
  ...["1e999", "-1e999", "-0", "-0.0", "1E400", "12345678901234567890123456789", "0.1e-999"],
  ...['"\\ud800"', '"\\u0000"', '{"__proto__":{"ok":true}}', '{"constructor":{"prototype":1}}'],
  ...[
    '{"toString":1,"valueOf":2}',
    '{"length":{"toString":null}}',
    '{"a":1,"a":2}',
    "[]",
    "{}",
    "null",
    "NaN",
    "'x'",
    "01",
    "[1,]",
  ],
  ...["[".repeat(300) + "]".repeat(300), '{"a":'.repeat(101) + "1" + "}".repeat(101)],
];

const NESTED = [
  "[".repeat(100_000) + "]".repeat(100_000),
  '{"a":'.repeat(50_000) + "{}" + "}".repeat(50_000),
  "[".repeat(100_000),
];

/** Keys that an object may be surprised by. */
const KEYS = ["__proto__", "constructor", "toString", "hasOwnProperty", "length", "0", "", "extra"];

/** Any value that JSON can hold, small. */
export function hostileJson(): fc.Arbitrary<unknown> {
  return fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom<unknown>(null, true, false, "", ...ODD_NUMBERS),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      hostileText().map((text) => text.slice(0, 200)),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.array(fc.tuple(hostileKey(), tie("value")), { maxLength: 4 }).map(objectOf),
    ),
  })).value;
}

function hostileKey(): fc.Arbitrary<string> {
  return fc.oneof(fc.constantFrom(...KEYS, "a", "b", "signal", "detail"), fc.string());
}

/** An object in which `__proto__` is a key like any other, as in what JSON.parse gives. */
function objectOf(entries: [string, unknown][]): unknown {
  const object = {};
  for (const [key, value] of entries) {
    const own = { value, enumerable: true, writable: true, configurable: true };
    Object.defineProperty(object, key, own);
  }
  return object;
}

/** One change of a value, somewhere in it. */
interface Mutation {
  kind: "remove" | "replace" | "add" | "double" | "raw" | "nested";
  /** Which of all the values in it, as a share of their number. */
  where: number;
  key: string;
  value: unknown;
  raw: string;
  nested: string;
}

/**
 * JSON texts of values that are valid, and of such with something wrong: a key less, a key more, one that stands twice,
 * another type, numbers that no double holds, 100,000 levels, or no JSON at all.
 */
export function jsonTexts(valid: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  const mutation = fc.record<Mutation>({
    kind: fc.oneof(
      {
        weight: 30,
        arbitrary: fc.constantFrom<Mutation["kind"]>("remove", "replace", "add", "double", "raw"),
      },
      { weight: 1, arbitrary: fc.constant<Mutation["kind"]>("nested") },
    ),
    where: fc.double({ min: 0, max: 0.999_999, noNaN: true }),
    key: hostileKey(),
    value: hostileJson(),
    raw: fc.constantFrom(...RAW),
    nested: fc.constantFrom(...NESTED),
  });
  const whole = valid.map((value) => write(value));
  const wrong = fc.tuple(valid, fc.array(mutation, { minLength: 1, maxLength: 2 }))
    .map(([value, all]) => write(all.reduce(mutate, value)));
  return fc.oneof(
    { weight: 3, arbitrary: whole },
    { weight: 6, arbitrary: wrong },
    { weight: 2, arbitrary: mutated(whole) },
    { weight: 1, arbitrary: hostileText() },
    { weight: 1, arbitrary: hostileJson().map((value) => write(value)) },
  );
}

function mutate(value: unknown, mutation: Mutation): unknown {
  const paths = pathsIn(value);
  return mutateAt(value, paths[Math.floor(mutation.where * paths.length)], mutation);
}

/** The way to each value inside of a value, itself included. */
function pathsIn(value: unknown): string[][] {
  if (typeof value !== "object" || value === null || value instanceof Raw) return [[]];
  const below = Object.entries(value).flatMap(([key, item]) =>
    pathsIn(item).map((path) => [key, ...path])
  );
  return [[], ...below];
}

function mutateAt(value: unknown, path: string[], mutation: Mutation): unknown {
  const { kind, key, value: other, raw, nested } = mutation;
  const isLeaf = typeof value !== "object" || value === null || value instanceof Raw;
  if (path.length === 0 || isLeaf) {
    if (kind === "nested") return new Raw(nested);
    if (kind === "raw") return new Raw(raw);
    if (kind !== "add" || isLeaf) return other;
  }
  const entries = Object.entries(value as object);
  const at = entries.findIndex(([name]) => name === path[0]);
  if (at === -1) entries.push([key, other]);
  else if (path.length > 1 || kind !== "remove" && kind !== "double") {
    entries[at][1] = mutateAt(entries[at][1], path.slice(1), mutation);
  } else if (kind === "remove") entries.splice(at, 1);
  else if (!Array.isArray(value)) return new Raw(doubled(entries, at, write(other)));
  return Array.isArray(value) ? entries.map(([, item]) => item) : objectOf(entries);
}

function doubled(entries: [string, unknown][], at: number, other: string): string {
  const parts = entries.map(([key, item]) => `${JSON.stringify(key)}:${write(item)}`);
  return `{${parts.join(",")},${JSON.stringify(entries[at][0])}:${other}}`;
}

/** JSON text; what is `Raw` stands in it as it is. */
function write(value: unknown): string {
  if (value instanceof Raw) return value.text;
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const parts = Object.entries(value).filter(([, item]) => item !== undefined)
      .map(([key, item]) => `${JSON.stringify(key)}:${write(item)}`);
    return `{${parts.join(",")}}`;
  }
  return Object.is(value, -0) ? "-0" : JSON.stringify(value);
}
