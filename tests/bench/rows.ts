import type { Row } from "./row.ts";
import { bytes } from "./rows/bytes.ts";
import { calls } from "./rows/calls.ts";
import { day } from "./rows/day.ts";
import { deciding } from "./rows/deciding.ts";
import { durableWrites } from "./rows/durable_writes.ts";
import { fullDirectories } from "./rows/full_directories.ts";
import { history } from "./rows/history.ts";
import { idlePulse } from "./rows/idle_pulse.ts";
import { memory } from "./rows/memory.ts";
import { modules } from "./rows/modules.ts";
import { prompt } from "./rows/prompt.ts";
import { reacting } from "./rows/reacting.ts";
import { sensors } from "./rows/sensors.ts";
import { startUp } from "./rows/start_up.ts";
import { watch } from "./rows/watch.ts";

/** All that is measured, in its order. */
export const ROWS: readonly Row[] = [
  startUp,
  sensors,
  idlePulse,
  watch,
  memory,
  reacting,
  deciding,
  day,
  history,
  fullDirectories,
  prompt,
  calls,
  modules,
  durableWrites,
  bytes,
];
