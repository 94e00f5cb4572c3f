import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";

/** `looop sensor rm`: removes a sensor. */
export const sensorRm: Command = {
  usage: "looop sensor rm <name>",
  switches: [],
  completes: inOrder("sensor"),
  words: { least: 1, most: 1 },
  async run({ words: [name], terminal, signal, open }) {
    const { openToWrite } = await import("./open_to_write.ts");
    const profile = await openToWrite(open, "remove a sensor");
    const { removeSensor } = await import("../remove_sensor.ts");
    const { path, back } = await removeSensor(profile, name, signal);
    terminal.out(`removed ${path}\n`);
    if (back !== null) terminal.out(`history still has it: ${back}\n`);
    return OK;
  },
};
