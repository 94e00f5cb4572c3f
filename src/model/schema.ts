/** What a failed {@linkcode Schema.safeParse} says: one issue for each thing that is wrong. */
export interface SchemaIssue {
  /** Keys and indexes that lead to the value, outermost first. */
  path: PropertyKey[];
  /** What is wrong with it, in one line. */
  message: string;
}

/**
 * A check that turns unknown data into a `T`.
 *
 * Every schema that `mod.ts` exports has this shape, so that no caller depends on the library behind it.
 *
 * @example
 * ```ts
 * import { moveSchema } from "@looop/cli";
 *
 * const move = moveSchema.parse({ action: "noop", reason: "all is well", journal: "nothing to do" });
 * console.log(move.action);
 * ```
 */
export interface Schema<T> {
  /** Gives the value, or throws an error that names every issue. */
  parse(data: unknown): T;
  /** Gives the value or the issues; never throws. */
  safeParse(
    data: unknown,
  ): { success: true; data: T } | { success: false; error: { issues: SchemaIssue[] } };
}
