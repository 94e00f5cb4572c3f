import { type Lock, tryLock } from "../os/lock.ts";
import { ownPid } from "../os/self.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";

/** The lock that excludes other pulses and ticks of a profile while a pulse runs. */
export class PulseLock implements Disposable {
  readonly #profile: Profile;
  #lock: Lock;

  private constructor(profile: Profile, lock: Lock) {
    this.#profile = profile;
    this.#lock = lock;
  }

  /** Takes the lock; returns `null` if another process has it. */
  static async take(profile: Profile): Promise<PulseLock | null> {
    const lock = await tryLock(profile.paths.pulseLock, `${ownPid()}\n`);
    return lock && new PulseLock(profile, lock);
  }

  /**
   * Takes the lock again if its file was removed or replaced, so that no other process can have it too. If that fails,
   * the next call tries again.
   *
   * @throws {UserError} if another process has taken it meanwhile.
   */
  async renew(): Promise<void> {
    const { pulseLock, dataDir } = this.#profile.paths;
    if (await this.#lock.isOn(pulseLock)) return;
    // What is wrong with the directory, the tick reports.
    const lock = await tryLock(pulseLock, `${ownPid()}\n`).catch(() => this.#lock);
    if (!lock) {
      throw new UserError(
        `cannot continue this pulse: ${pulseLock} was removed, and another looop runs on ${dataDir} now; see looop status`,
      );
    }
    if (lock !== this.#lock) this.#lock.release();
    this.#lock = lock;
  }

  [Symbol.dispose](): void {
    this.#lock.release();
  }
}
