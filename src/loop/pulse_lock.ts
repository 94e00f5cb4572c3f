import { type Lock, tryLock } from "../os/lock.ts";
import { ownPid } from "../os/self.ts";
import type { Paths } from "../profile/paths.ts";
import { UserError } from "../schema/errors.ts";

/** Takes the lock that excludes other pulses and ticks of a profile; returns `null` if another process has it. */
export async function takePulseLock({ pulseLock }: Paths): Promise<Lock | null> {
  return await tryLock(pulseLock, `${ownPid()}\n`);
}

/** That lock while a pulse runs. */
export class PulseLock implements Disposable {
  #lock: Lock;

  constructor(lock: Lock) {
    this.#lock = lock;
  }

  /**
   * Takes the lock again if its file was removed or replaced, so that no other process can have it too. If that fails,
   * the next call tries again.
   *
   * @throws {UserError} if another process has taken it meanwhile.
   */
  async renew(paths: Paths): Promise<void> {
    if (await this.#lock.isOn(paths.pulseLock)) return;
    // What is wrong with the directory, the tick reports.
    const lock = await takePulseLock(paths).catch(() => this.#lock);
    if (!lock) {
      throw new UserError(
        `cannot continue this pulse: ${paths.pulseLock} was removed, and another looop runs on ${paths.dataDir} now; see looop status`,
      );
    }
    if (lock !== this.#lock) this.#lock.release();
    this.#lock = lock;
  }

  [Symbol.dispose](): void {
    this.#lock.release();
  }
}
