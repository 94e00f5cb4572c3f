import * as v from "valibot";
import { describeIssues } from "./describe_issues.ts";
import { sayIssue } from "./say_issue.ts";
import type { Schema, SchemaIssue } from "./schema.ts";
import { isUnknownKey } from "./strict_object.ts";
import { messageOf } from "./user_error.ts";

/** Gives what valibot checks the shape and the words that looop's schemas have. */
export function schemaOf<T>(schema: v.GenericSchema<unknown, T>): Schema<T> {
  const safeParse: Schema<T>["safeParse"] = (data) => {
    try {
      const { success, output, issues } = v.safeParse(schema, data, { message: sayIssue });
      return success
        ? { success, data: output }
        : { success, error: { issues: issues.map(toSchemaIssue) } };
    } catch (error) {
      // Data from code can throw when it is looked at.
      const message = `cannot be checked: ${messageOf(error)}`;
      return { success: false, error: { issues: [{ path: [], message }] } };
    }
  };
  return {
    safeParse,
    parse(data) {
      const parsed = safeParse(data);
      if (parsed.success) return parsed.data;
      throw new Error(`not valid:\n${describeIssues(parsed.error.issues, data)}`);
    },
  };
}

function toSchemaIssue(issue: v.BaseIssue<unknown>): SchemaIssue {
  const path = (issue.path ?? []).map(({ key }) => key as PropertyKey);
  // One issue about all of them is about the object that has them.
  return { path: isUnknownKey(issue) ? path.slice(0, -1) : path, message: issue.message };
}
