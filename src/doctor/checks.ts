import { checkAsks } from "./check_asks.ts";
import { checkClock } from "./check_clock.ts";
import { checkConfig } from "./check_config.ts";
import { checkDeno } from "./check_deno.ts";
import { checkDisk } from "./check_disk.ts";
import { checkEnvironment } from "./check_environment.ts";
import { checkGoals } from "./check_goals.ts";
import { checkHistory } from "./check_history.ts";
import { checkLocks } from "./check_locks.ts";
import { checkPermissions } from "./check_permissions.ts";
import { checkProfile } from "./check_profile.ts";
import { checkPrograms } from "./check_programs.ts";
import { checkPulse } from "./check_pulse.ts";
import { checkRecords } from "./check_records.ts";
import { checkRunners } from "./check_runners.ts";
import { checkSandbox } from "./check_sandbox.ts";
import { checkScope } from "./check_scope.ts";
import { checkSensors } from "./check_sensors.ts";
import { checkState } from "./check_state.ts";
import { checkWorkers } from "./check_workers.ts";
import type { Check } from "./check.ts";

/** Every check, in the order in which they are told: first the machine, then the profile, then what takes longest. */
export const CHECKS: readonly Check[] = [
  checkDeno,
  checkScope,
  checkPrograms,
  checkEnvironment,
  checkConfig,
  checkProfile,
  checkPermissions,
  checkDisk,
  checkClock,
  checkLocks,
  checkPulse,
  checkHistory,
  checkState,
  checkRecords,
  checkAsks,
  checkGoals,
  checkWorkers,
  checkSandbox,
  checkRunners,
  checkSensors,
];
