import { journalTail } from "../../profile/journal.ts";
import type { Profile } from "../../profile/profile.ts";
import { readSecret } from "../../profile/secret.ts";
import type { DecideInput } from "../decide.ts";
import { makeFence } from "./fence.ts";
import { type Prompt, writePrompt } from "./write_prompt.ts";

/** How many journal lines the decider is shown. */
const JOURNAL_LINES = 30;

/** Gathers what the prompt is written from, and writes it; masked. */
export async function preparePrompt(profile: Profile, input: DecideInput): Promise<Prompt> {
  const { world, comparison, state, only, tainted } = input;
  const prompt = writePrompt({
    world,
    comparison,
    state,
    only,
    tainted,
    journal: await journalTail(profile, JOURNAL_LINES),
    fence: await makeFence(await readSecret(profile)),
    time: localTime(profile.clock.now()),
  });
  // What is cut to size was masked before; this is for all that is not.
  return { system: profile.mask(prompt.system), user: profile.mask(prompt.user) };
}

/** Such as `Monday, 2026-11-23 09:30 (UTC+01:00)`. */
function localTime(now: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const weekday = now.toLocaleDateString("en", { weekday: "long" });
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const offset = -now.getTimezoneOffset();
  const sign = offset < 0 ? "-" : "+";
  const zone = `UTC${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return `${weekday}, ${day} ${two(now.getHours())}:${two(now.getMinutes())} (${zone})`;
}
