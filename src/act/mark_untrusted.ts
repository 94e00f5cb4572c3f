import { splitFrontMatter } from "../profile/split_front_matter.ts";

/**
 * Marks a goal as written from outside text: `untrusted: true` in its front matter, in place of any other
 * such line. A text without front matter stays as it is: its goal is broken, and runs no rules.
 *
 * It is taken apart by what reads goals, too: a line end that only one of the two knew would be a way around
 * the mark.
 */
export function markUntrusted(body: string): string {
  const parts = splitFrontMatter(body);
  if (typeof parts === "string") return body;
  const kept = parts.yaml.split("\n").filter((line) => !/^untrusted[ \t]*:/.test(line));
  return ["---", "untrusted: true", ...kept, "---", parts.notes].join("\n");
}
