import type { Schema } from "./schema.ts";
import { messageOf } from "./user_error.ts";

/**
 * A schema whose `safeParse` keeps its word never to throw: zod asks for the length of what should have been a text or a
 * list, and throws where that is an object which gives no number.
 */
export function guarded<T>(schema: Schema<T>): Schema<T> {
  return {
    parse: (data) => schema.parse(data),
    safeParse(data) {
      try {
        return schema.safeParse(data);
      } catch (error) {
        const message = `cannot be checked: ${messageOf(error)}`;
        return { success: false, error: { issues: [{ path: [], message }] } };
      }
    },
  };
}
