import sh from "../../seeds/starters/sensor.sh" with { type: "text" };
import ts from "../../seeds/starters/sensor.ts" with { type: "text" };
import { isId } from "../model/id.ts";
import { UsageError } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";

/** `looop sensor write`: a sensor from stdin, a file or the editor. */
export const sensorWrite: Command = {
  usage: "looop sensor write <name> [file|-]",
  switches: [],
  completes: inOrder("sensor", "file"),
  words: { least: 1, most: 2 },
  async run({ words: [name, from], terminal, signal, open }) {
    const { openToWrite } = await import("./open_to_write.ts");
    const profile = await openToWrite(open, "write a sensor");
    const file = await fileNamed(profile, name);
    const path = `sensors/${file}`;
    const starter = file.endsWith(".ts") ? ts : sh;
    const { writeBody } = await import("./write_body.ts");
    const text = await writeBody(profile, { kind: "sensor", path, from, starter }, {
      terminal,
      signal,
    });
    if (text !== null) terminal.out(`looop sensor test ${file} runs it\n`);
    return OK;
  },
};

/** The file of the sensor that is there by that name; for a new one the name must say what kind it is. */
async function fileNamed({ paths }: Profile, name: string): Promise<string> {
  const { listSensors } = await import("../sense/list_sensors.ts");
  const there = (await listSensors(paths.sensors)).find((one) => one.name === name);
  if (there && there.file !== "") return there.file;
  const [, stem, extension] = /^(.*?)(\.[a-z0-9]{1,8})?$/s.exec(name) ?? [];
  if (isId(stem) && extension !== undefined) return name;
  throw new UsageError(
    `cannot write sensor ${name}: a new one is named like git.sh or inbox.ts, of a-z, 0-9, _ and -`,
  );
}
