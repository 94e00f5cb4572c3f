import * as v from "valibot";
import { sayIssue } from "./say_issue.ts";

/** An object schema that refuses unknown keys, naming them and those that are allowed. */
export function strictObject<const Entries extends v.ObjectEntries>(entries: Entries) {
  return refuseLists(v.strictObject(entries, sayOf(entries)));
}

/** An object schema that drops unknown keys. */
export function openObject<const Entries extends v.ObjectEntries>(entries: Entries) {
  return refuseLists(v.object(entries, sayOf(entries)));
}

/** Has an object schema, or a choice of such, refuse lists: valibot takes a list for an object that lacks keys. */
export function refuseLists<S extends v.GenericSchema>(schema: S): S {
  return {
    ...schema,
    "~run": (dataset, config) =>
      schema["~run"](Array.isArray(dataset.value) ? { value: null } : dataset, config),
  };
}

function sayOf(entries: v.ObjectEntries) {
  return (issue: v.StrictObjectIssue | v.ObjectIssue): string => {
    if (!issue.path) return sayIssue(issue);
    const { key, input } = issue.path[0];
    if (isUnknownKey(issue)) {
      const unknown: string[] = [];
      for (const name in input as object) {
        if (!Object.hasOwn(entries, name)) unknown.push(JSON.stringify(name));
      }
      return `unknown key ${unknown.join(", ")}: allowed are ${Object.keys(entries).join(", ")}`;
    }
    // Of a key that is missing, its own schema says best what is expected.
    const { issues } = v.safeParse(entries[String(key)], undefined, { message: sayIssue });
    return issues?.[0].message ?? sayIssue(issue);
  };
}

/** Tells whether an issue is about keys that a strict object does not have. */
export function isUnknownKey(issue: v.BaseIssue<unknown>): boolean {
  return issue.expected === "never";
}
