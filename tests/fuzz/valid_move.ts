import { assert } from "@std/assert";
import fc from "fast-check";
import { hostileText } from "./hostile_text.ts";

const ID = /^[a-z0-9][a-z0-9_\-]{0,63}$/;
const SENSOR = /^[a-z0-9][a-z0-9_\-]{0,63}(\.[a-z0-9]{1,8})?$/;

/** Ids, most of them good. */
export const someId: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("a", "fix-ci", "x".repeat(64), "0_-") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("", "A", "-a", "a.b", "x".repeat(65), "a\n", "../a", "ａ"),
  },
);

const text = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom("tea", "two words", "zwölf", "x".repeat(500)) },
  { weight: 1, arbitrary: hostileText() },
);

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 1 });

const base = {
  journal: text,
  next_interval_s: maybe(fc.constantFrom<number>(5, 0.5, 300, 0, -1, 1e308)),
  more: maybe(fc.boolean()),
  goal: maybe(someId),
};

/** Moves, most of them good. */
export const someMove: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  fc.record({ action: fc.constant("noop"), ...base, reason: text }),
  fc.record({ action: fc.constant("run"), ...base, command: text }),
  fc.record({ action: fc.constant("write_goal"), ...base, id: someId, body: text }),
  fc.record({ action: fc.constant("archive_goal"), ...base, id: someId }),
  fc.record({
    action: fc.constant("write_sensor"),
    ...base,
    name: fc.oneof(someId, fc.constantFrom("git.sh", "a.b.c", "x.")),
    script: text,
  }),
  fc.record({ action: fc.constant("remove_sensor"), ...base, name: someId }),
  fc.record({ action: fc.constant("write_playbook"), ...base, body: text }),
  fc.record({
    action: fc.constant("start_worker"),
    ...base,
    id: someId,
    prompt: text,
    runner: maybe(fc.constantFrom("pi", "x".repeat(100), "x".repeat(101))),
    verify: maybe(text),
  }),
  fc.record({ action: fc.constant("stop_worker"), ...base, id: someId, reason: text }),
  fc.record({ action: fc.constant("tell_worker"), ...base, id: someId, text }),
  fc.record({
    action: fc.constant("ask"),
    ...base,
    question: text,
    options: maybe(fc.array(fc.constantFrom("yes", "no", "", "x".repeat(201)), { maxLength: 11 })),
    ref: maybe(text),
  }),
);

type Test = (value: unknown) => boolean;

const length = (max: number): Test => (value) =>
  typeof value === "string" && value.length >= 1 && value.length <= max;
const matches = (pattern: RegExp): Test => (value) =>
  typeof value === "string" && pattern.test(value) && !value.includes("\n");
const optional = (test: Test): Test => (value) => value === undefined || test(value);

const COMMON: Record<string, Test> = {
  journal: (value) => length(500)(value) && !/[\p{Cc}\u2028\u2029]/u.test(String(value)),
  next_interval_s: optional((value) =>
    typeof value === "number" && value > 0 && Number.isFinite(value)
  ),
  more: optional((value) => typeof value === "boolean"),
  goal: optional(matches(ID)),
};

const FIELDS: Record<string, Record<string, Test>> = {
  noop: { reason: length(2000) },
  run: { command: length(8192) },
  write_goal: { id: matches(ID), body: length(65_536) },
  archive_goal: { id: matches(ID) },
  write_sensor: { name: matches(SENSOR), script: length(65_536) },
  remove_sensor: { name: matches(SENSOR) },
  write_playbook: { body: length(65_536) },
  start_worker: {
    id: matches(ID),
    prompt: length(65_536),
    runner: optional(length(100)),
    verify: optional(length(8192)),
  },
  stop_worker: { id: matches(ID), reason: length(2000) },
  tell_worker: { id: matches(ID), text: length(10_000) },
  ask: {
    question: length(10_000),
    options: optional((value) =>
      Array.isArray(value) && value.length >= 1 && value.length <= 10 && value.every(length(200))
    ),
    ref: optional(length(1000)),
  },
};

/** Fails unless this is a move in every respect, told from the manual rather than from the schema. */
export function assertMove(move: unknown): void {
  assert(typeof move === "object" && move !== null && !Array.isArray(move), "it is no object");
  const fields = move as Record<string, unknown>;
  const action = String(fields.action);
  assert(Object.hasOwn(FIELDS, action), `unknown action ${action}`);
  const tests: Record<string, Test> = { ...COMMON, ...FIELDS[action] };
  for (const key of Object.keys(fields)) {
    assert(key === "action" || Object.hasOwn(tests, key), `unknown key ${key}`);
  }
  for (const [key, test] of Object.entries(tests)) {
    assert(test(fields[key]), `bad ${key}: ${JSON.stringify(fields[key])?.slice(0, 80)}`);
  }
}
