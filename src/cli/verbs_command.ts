import { UsageError } from "../model/user_error.ts";
import type { Command, Verbs } from "./command.ts";

/** A command that does nothing without one of its verbs. */
export function verbsCommand(usage: string, verbs: Verbs): Command {
  return {
    usage,
    switches: [],
    words: { least: 0, most: 0 },
    verbs,
    run() {
      const names = Object.keys(verbs).join(", ");
      throw new UsageError(`a verb is missing\nverbs: ${names}\nusage: ${usage}`);
    },
  };
}
