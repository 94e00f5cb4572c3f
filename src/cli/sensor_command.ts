import { UsageError } from "../model/user_error.ts";
import type { Command, CommandContext } from "./command.ts";
import type { Completes } from "./completes.ts";
import { sensorAdd } from "./sensor_add.ts";
import { testSensor } from "./test_sensor.ts";

const VERBS: Readonly<Record<string, Command>> = { test: testSensor, add: sensorAdd };

/** `looop sensor <verb>`: tries a sensor, or adds one of the catalogue. */
export const sensorCommand: Command = {
  usage: "looop sensor test|add [id] [--json] [--as N] [--set K=V] [--force] [--print]",
  switches: [...testSensor.switches, ...sensorAdd.switches],
  options: sensorAdd.options,
  lists: sensorAdd.lists,
  completes,
  words: { least: 1, most: 2 },
  async run(context: CommandContext) {
    const [verb, ...words] = context.words;
    if (!Object.hasOwn(VERBS, verb)) {
      throw new UsageError(`cannot ${verb} a sensor\nusage: ${sensorCommand.usage}`);
    }
    const { words: { least }, usage, switches, run } = VERBS[verb];
    if (words.length < least) throw new UsageError(`something is missing\nusage: ${usage}`);
    const odd = [...context.switches].find((name) => !switches.includes(name));
    if (odd !== undefined) throw new UsageError(`--${odd} is of no use here\nusage: ${usage}`);
    return await run({ ...context, words });
  },
};

function completes([verb, ...words]: readonly string[]): Completes | null {
  if (verb === undefined) return Object.keys(VERBS);
  return words.length > 0 ? null : verb === "test" ? "sensor" : verb === "add" ? "catalogue" : null;
}
