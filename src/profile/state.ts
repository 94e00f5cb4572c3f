import { readTextIfPresent } from "../os/read.ts";
import { replaceFile } from "../os/write.ts";
import { INITIAL_STATE, type State, stateSchema } from "../schema/state.ts";
import { parseFile } from "./json_file.ts";
import type { Profile } from "./profile.ts";

/**
 * Reads `state.json`; the initial state when there is none.
 *
 * @throws {UserError} when it is broken.
 */
export async function readState({ paths }: Profile): Promise<State> {
  const text = await readTextIfPresent(paths.state);
  if (text === null) return INITIAL_STATE;
  return asWritten(text) ?? await parseState(paths.state, paths.dataDir);
}

/** Replaces `state.json`; durable. One line per entry, so that git stores and shows small differences. */
export async function writeState({ paths, mask }: Profile, state: State): Promise<void> {
  // The rest is digests and times, and a baseline that was made from what is masked.
  const { last_run, failure, parked } = state;
  const shown: State = {
    ...state,
    failure: failure && { ...failure, why: mask(failure.why) },
    parked: parked && { ...parked, why: mask(parked.why) },
    last_run: last_run && {
      ...last_run,
      command: mask(last_run.command),
      output_tail: mask(last_run.output_tail),
    },
  };
  await replaceFile(paths.state, JSON.stringify(shown, null, 1) + "\n");
}

/**
 * Takes the state of a loop that has nothing on its mind, as looop writes it, without the schema library:
 * loading that takes as long as bare Deno's start, and every idle tick would pay it. All else goes by the
 * schema.
 */
function asWritten(text: string): State | null {
  let state: State;
  try {
    state = JSON.parse(text);
  } catch {
    return null; // the schema's way says what is wrong with it
  }
  if (!isObject(state)) return null;
  const { baseline } = state;
  const whole = Object.keys(state).join() === Object.keys(INITIAL_STATE).join() &&
    state.version === 1 && typeof state.again === "boolean" &&
    state.failure === null && state.parked === null && state.last_run === null &&
    state.hold === null && typeof state.tainted === "boolean" &&
    isTextOrNull(state.decided_at) && isTextOrNull(state.noop_at) &&
    isObject(state.fired) && !Object.hasOwn(state.fired, "__proto__") &&
    Object.values(state.fired).every((digest) => typeof digest === "string") &&
    isObject(baseline) && !Object.hasOwn(baseline, "__proto__") &&
    Object.values(baseline).every((entry) =>
      isObject(entry) && Object.keys(entry).join() === "sha256,was" &&
      typeof entry.sha256 === "string" && typeof entry.was === "string"
    );
  return whole ? state : null;
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === "string";
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function parseState(path: string, dataDir: string): Promise<State> {
  const mend =
    `Restore it (git -C ${dataDir} checkout state.json), or delete it: then the next tick decides anew.`;
  return await parseFile(path, stateSchema, mend) ?? INITIAL_STATE;
}
