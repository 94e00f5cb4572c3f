import { UserError } from "./model/user_error.ts";
import { listSensors } from "./sense/list_sensors.ts";

/**
 * Refuses a sensor whose name another file has already: a tick could run neither.
 *
 * @param folder `sensors/`, absolute
 * @param or what may be done instead of removing the other one
 * @throws {UserError} naming the other file.
 */
export async function refuseTwin(
  folder: string,
  file: string,
  doing: "add" | "write",
  or: string,
): Promise<void> {
  const name = file.replace(/\.[^.]*$/, "");
  const twin = (await listSensors(folder)).find((other) =>
    other.name === name && other.file !== file
  );
  if (twin === undefined) return;
  throw new UserError(
    `cannot ${doing} sensors/${file}: sensors/${twin.file} has the same name; remove it, or ${or}`,
  );
}
