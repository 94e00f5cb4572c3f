import { extname } from "@std/path";
import { readPart } from "./host/read_part.ts";
import { messageOf } from "./model/user_error.ts";
import type { Profile } from "./profile/profile.ts";
import { listSensors } from "./sense/list_sensors.ts";
import { type HeaderResult, readHeader } from "./sense/read_header.ts";
import type { Sensor } from "./sense/sensor.ts";
import { readSnapshots } from "./sense/snapshot.ts";

/** As much of a script as its header may take. */
const HEADER_BYTES = 16_384;

/** A sensor for a person to look over. */
export interface SensorSummary {
  name: string;
  /** Its file in `sensors/`; empty where its name cannot be a sensor's. */
  file: string;
  /** Strangers cannot write what it reads. */
  trusted: boolean;
  /** Seconds for which a good reading is kept; 0: none is; `null`: its header cannot be read. */
  interval_s: number | null;
  /** Whether its last reading was good; `null`: no tick has run it. */
  ok: boolean | null;
  /** Why it was not, or why it cannot be run at all. */
  error: string | null;
  /** When it last ran, ISO 8601 in UTC. */
  at: string | null;
}

/** Lists the sensors with what the last tick saw of them; runs none. */
export async function surveySensors(profile: Profile): Promise<SensorSummary[]> {
  const { paths, mask } = profile;
  const last = new Map((await readSnapshots(paths.snapshots)).map((one) => [one.name, one]));
  return await Promise.all((await listSensors(paths.sensors)).map(async (sensor) => {
    const header = await headerOf(sensor);
    const reading = last.get(sensor.name);
    const { name, file } = sensor;
    const failed = reading?.result.ok === false ? reading.result.error : null;
    const error = header.ok ? failed : header.error;
    return {
      ...{ name, file },
      trusted: header.ok && header.header.trusted,
      interval_s: header.ok ? header.header.interval : null,
      ok: error === null ? reading?.result.ok ?? null : false,
      error: error === null ? null : mask(error),
      at: reading?.at ?? null,
    };
  }));
}

async function headerOf({ path, file, problem }: Sensor): Promise<HeaderResult> {
  if (problem !== undefined) return { ok: false, error: problem };
  try {
    const bytes = await readPart(path, 0, HEADER_BYTES) ?? new Uint8Array();
    return readHeader(new TextDecoder().decode(bytes), extname(file) === ".ts" ? "ts" : "any");
  } catch (error) {
    return { ok: false, error: messageOf(error) };
  }
}
