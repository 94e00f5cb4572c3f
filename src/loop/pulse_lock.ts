import { type Lock, tryLock } from "../os/lock.ts";
import { ownPid } from "../os/self.ts";
import type { Profile } from "../profile/profile.ts";

/** The lock that keeps other pulses and ticks out of a profile, for as long as a pulse runs. */
export class PulseLock implements Disposable {
  readonly #profile: Profile;
  #lock: Lock;

  private constructor(profile: Profile, lock: Lock) {
    this.#profile = profile;
    this.#lock = lock;
  }

  /** Takes it; `null` while somebody else has it. */
  static async take(profile: Profile): Promise<PulseLock | null> {
    const lock = await tryLock(profile.paths.pulseLock, `${ownPid()}\n`);
    return lock && new PulseLock(profile, lock);
  }

  /**
   * Takes it again where its file was removed or replaced, so that nobody else can have it beside this one. Where
   * that cannot be done now, the next call does it.
   *
   * @returns `false` when somebody else has it by now.
   */
  async keep(): Promise<boolean> {
    const { paths } = this.#profile;
    if (await this.#lock.isOn(paths.pulseLock)) return true;
    try {
      const lock = await tryLock(paths.pulseLock, `${ownPid()}\n`);
      if (!lock) return false;
      this.#lock.release();
      this.#lock = lock;
    } catch {
      // What is wrong with the folder the tick will tell.
    }
    return true;
  }

  [Symbol.dispose](): void {
    this.#lock.release();
  }
}
