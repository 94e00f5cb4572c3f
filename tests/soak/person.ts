import { answerAsk } from "../../src/inbox/answer.ts";
import { listAsks } from "../../src/inbox/asks.ts";
import type { SoakProfile } from "./soak_profile.ts";

/** Plays the person of a profile: answers what is asked, approves what waits, and edits a goal now and then. */
export class PersonOf {
  readonly #profile: SoakProfile;
  #looks = 0;

  constructor(profile: SoakProfile) {
    this.#profile = profile;
  }

  async look(): Promise<void> {
    this.#looks++;
    if (this.#looks % 50 === 0) {
      const { goals } = this.#profile.paths;
      await this.#profile.write("goals/.own.new", `---\ngoal: Look ${this.#looks}\n---\n`);
      // As editors do, so that no tick reads a half of it.
      await Deno.rename(`${goals}/.own.new`, `${goals}/own.md`);
    }
    if (this.#looks % 10 !== 0) return;
    for (const { id, answer } of (await listAsks(this.#profile)).asks) {
      if (!answer) await answerAsk(this.#profile, id, "yes");
    }
  }
}
