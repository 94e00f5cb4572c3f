import { ancestorWorker, callingWorker } from "../inbox/caller.ts";
import { raiseFlag } from "../inbox/flags.ts";
import type { Prompter } from "../os/prompter.ts";
import type { Profile } from "../profile/profile.ts";
import { WIZARD } from "../schema/config.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { anyAlive, listWorkers } from "../workers/list.ts";
import { killWorker } from "../workers/stop.ts";

/**
 * Tells the worker whose whole program is this very wizard: there nothing but the person types. `null`: the person has
 * called it themselves.
 *
 * What the environment says anybody could have said: so it is the process above that counts.
 *
 * @throws {UserError} inside any other worker.
 */
export async function insideWizard(profile: Profile): Promise<string | null> {
  const worker = await callingWorker(profile);
  if (worker === null) return null;
  const above = await ancestorWorker(profile);
  if (above?.id === worker && above.runner === WIZARD) return worker;
  throw new UserError(
    `cannot set looop up from inside worker ${worker}: that is for the person to do, in a terminal of their own`,
  );
}

/** Ends workers that wait to ask what the person has just answered elsewhere. */
export async function endWizard(profile: Profile): Promise<void> {
  try {
    if (!anyAlive(profile.paths)) return;
    for (const { id, runner, alive } of await listWorkers(profile)) {
      if (!alive || runner !== WIZARD) continue;
      await killWorker(profile, id, { itself: true, why: "looop init was run elsewhere" });
    }
  } catch (error) {
    profile.warn(
      `what the setup worker asks is answered, but it cannot be ended: ${messageOf(error)}`,
    );
  }
}

const NOTE = "looop init asks in a terminal of its own what to watch, and what you aim for";

/** Waits in a worker until the person has come. */
export async function notifyUser(
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
