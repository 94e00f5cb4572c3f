import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";
import { showFile } from "./show_file.ts";

/** `looop sensor show`: the file of a sensor. */
export const sensorShow: Command = {
  usage: "looop sensor show <name>",
  switches: [],
  completes: inOrder("sensor"),
  words: { least: 1, most: 1 },
  async run({ words: [name], terminal, open }) {
    const { sensorNamed } = await import("../sense/sensor_named.ts");
    const { readBytes } = await import("../host/read_bytes.ts");
    showFile(terminal, readBytes((await sensorNamed(await open(), name)).path));
    return OK;
  },
};
