import { tickOnce } from "../../../src/loop/run.ts";
import { noop, scripted } from "../../support/scripted_decider.ts";
import { tempProfile } from "../../support/temp_profile.ts";
import type { Figure, Row } from "../row.ts";

/** How much of a prompt a provider has cached, when one reading has changed. */
export const prompt: Row = {
  name: "prompt",
  undisturbed: true,
  async measure() {
    await using profile = await tempProfile();
    for (let index = 0; index < 50; index++) {
      const notes = "What matters here is told in a few words. ".repeat(24).slice(0, 1000);
      await profile.write(`goals/g${index}.md`, `---\ngoal: Aim ${index}\n---\n\n${notes}\n`);
    }
    const last = () => noop({ more: false });
    const decider = scripted(last, last, last);
    // At the first decision of all, every reading is news.
    for (const word of ["new", "calm", "wild"]) {
      const sensors = Object.fromEntries(
        Array.from({ length: 30 }, (_, index) => [
          `s${String(index).padStart(2, "0")}`,
          () => ({ signal: (index === 15 ? word : "same").repeat(120) }),
        ]),
      );
      await tickOnce(profile, { sensors, decider: decider.decide });
    }
    const [, first, second] = decider.prompts.map((text) => new TextEncoder().encode(text));
    let same = 0;
    while (same < second.length && first[same] === second[same]) same++;
    const share = 100 * same / second.length;
    return [{
      what: "the prompt's stable beginning, one reading of 30 changed",
      floor: "",
      ...{ unit: "%", min: share, median: share, max: share, limit: 90, atLeast: true },
      note: `${same} of ${second.length} bytes`,
    }] satisfies Figure[];
  },
};
