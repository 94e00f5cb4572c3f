import { messageOf } from "../model/user_error.ts";

/** As the C library words them, in git's messages too, which run with `LC_ALL=C.UTF-8`. */
const FAULTS =
  /No space left on device|Disk quota exceeded|Read-only file system|Too many open files|Cannot allocate memory|Input\/output error|Resource temporarily unavailable/;

/** Tells whether the machine refused something that it may allow later: nothing is wrong with what was asked. */
export function isMachineFault(error: unknown): boolean {
  return FAULTS.test(messageOf(error));
}
