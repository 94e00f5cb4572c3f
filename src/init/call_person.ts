import type { Prompter } from "../host/prompter.ts";
import { raiseFlag } from "../humans/raise_flag.ts";
import { UserError } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";

const NOTE = "looop init asks in a terminal of its own what to watch, and what you aim for";

/** Waits in a worker until the person has come. */
export async function callPerson(
  profile: Profile,
  worker: string,
  prompter: Prompter | null,
): Promise<void> {
  if (prompter === null) {
    throw new UserError(`cannot set looop up in worker ${worker}: nobody could type here`);
  }
  await raiseFlag(profile, worker, NOTE);
  await prompter.text("Set looop up: Enter begins (Ctrl-\\ Ctrl-\\ leaves this for later)");
}
