import { lock } from "../os/lock.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import type { Ask } from "../schema/ask.ts";
import { UserError } from "../schema/errors.ts";
import { isSameQuestion, listAsks, newAskId, writeAsk } from "./asks.ts";
import { checkWorker, flagForAsk } from "./flags.ts";

/** The maximum length of a question without its options and `ref`, in characters. */
export const MAX_QUESTION = 100_000;
const MAX_OPTIONS = 10;
const MAX_OPTION = 1000;
const MAX_REF = 1000;

/** What a worker asks. */
export interface AskRequest {
  worker: string;
  /** That of the worker: an ask of an older worker with the same id is not its own. */
  generation: string;
  question: string;
  options?: string[];
  /** A path or address that the question is about. */
  ref?: string;
}

/**
 * Asks the user a worker's question and raises its flag. A worker that is killed while it waits asks again: it then
 * receives its own ask, answered or not, until the answer was delivered.
 *
 * @throws {UserError} where there is no such worker, or something is too long.
 */
export async function raiseAsk(profile: Profile, request: AskRequest): Promise<Ask> {
  const { worker, generation, question, ref } = request;
  const refusal = refuse(request);
  if (refusal !== null) throw new UserError(`cannot ask for ${worker}: ${refusal}`);
  using _ = await lock(profile.paths.asksLock);
  checkWorker(profile, worker);
  const own = (await listAsks(profile)).asks.find((ask) =>
    ask.worker === worker && ask.run_id === generation &&
    isSameQuestion(ask.question, question)
  );
  if (own) {
    if (!own.answer) await flagForAsk(profile, own);
    return own;
  }
  const ask: Ask = {
    id: await newAskId(profile, "w"),
    kind: "question",
    // Before it is cut for the flag: half a secret would not be masked.
    question: profile.mask(question),
    options: request.options?.length ? request.options : undefined,
    ref,
    asked_at: profile.clock.now().toISOString(),
    run_id: generation,
    worker,
  };
  // The ask first: a flag without its ask could not be answered.
  await writeAsk(profile, ask);
  await flagForAsk(profile, ask);
  await appendEvent(profile, { event: "ask", ask: ask.id, worker });
  return ask;
}

function refuse({ question, options = [], ref = "" }: AskRequest): string | null {
  if (question.trim() === "") return "the question is empty";
  if (options.length > MAX_OPTIONS) {
    return `there are ${options.length} options; the maximum is ${MAX_OPTIONS}`;
  }
  if (options.some((option) => option.trim() === "")) return "an option is empty";
  const limits = [["the question", question, MAX_QUESTION], ["ref", ref, MAX_REF]] as const;
  const all = [...limits, ...options.map((text) => ["an option", text, MAX_OPTION] as const)];
  const [what, text, max] = all.find(([, text, max]) => text.length > max) ?? [];
  return what ? `${what} has ${text?.length} characters; the maximum is ${max}` : null;
}
