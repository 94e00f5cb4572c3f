import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";

/** `looop sensor add`: a sensor of the catalogue, written with its settings; without a name the catalogue. */
export const sensorAdd: Command = {
  usage: "looop sensor add [name] [--as NAME] [--set KEY=VALUE]… [--force] [--print]",
  switches: ["force", "print"],
  options: ["as"],
  lists: ["set"],
  completes: inOrder("catalogue"),
  words: { least: 0, most: 1 },
  async run({ words: [name], switches, options, lists, terminal, signal, open }) {
    if (name === undefined) {
      const { sensorAddList } = await import("./sensor_add_list.ts");
      terminal.out(sensorAddList());
      return OK;
    }
    const { composeSensor } = await import("../compose_sensor.ts");
    const sensor = composeSensor({ name, as: options.get("as"), set: lists.get("set") ?? [] });
    if (switches.has("print")) {
      terminal.out(sensor.text);
      return OK;
    }
    const { openToWrite } = await import("./open_to_write.ts");
    const profile = await openToWrite(open, "add a sensor");
    const { addSensor } = await import("../add_sensor.ts");
    const done = await addSensor(profile, sensor, { force: switches.has("force"), signal });
    const called = sensor.file.replace(/\.[^.]*$/, "");
    terminal.out(
      done === "unchanged"
        ? `sensors/${sensor.file} is there already, with these settings\n`
        : `${done} sensors/${sensor.file}: looop sensor test ${called} runs it\n`,
    );
    const unset = sensor.file.endsWith(".ts")
      ? sensor.env.filter((variable) => profile.env(variable) === undefined)
      : [];
    for (const variable of unset) {
      terminal.err(
        `looop: warning: ${variable} is not set here, and looop needs it where it runs\n`,
      );
    }
    return OK;
  },
};
