import { UserError } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { listSensors } from "./list_sensors.ts";
import type { Sensor } from "./sensor.ts";

/**
 * Finds a sensor by its name, or that of its file.
 *
 * @throws {UserError} listing the sensors, where there is none of this name.
 */
export async function sensorNamed({ paths }: Profile, name: string): Promise<Sensor> {
  const sensors = await listSensors(paths.sensors);
  const found = sensors.find((sensor) => sensor.file === name) ??
    sensors.find((sensor) => sensor.name === name);
  if (found) return found;
  const names = sensors.map((sensor) => sensor.name).join(", ");
  throw new UserError(`there is no sensor ${name}\n  sensors: ${names || "none"}`);
}
