import { UsageError } from "../model/user_error.ts";
import { testSensor } from "../sense/test_sensor.ts";
import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { FAILED, OK } from "./exit_codes.ts";
import { renderSensorTest, sensorTestJson } from "./render_sensor_test.ts";
import { safeJson } from "./safe_text.ts";
import { viewOf } from "./view.ts";

/** `looop sensor test <name>`: runs one sensor, and shows what a tick would see. */
export const sensorCommand: Command = {
  usage: "looop sensor test <name> [--json]",
  switches: ["json"],
  completes: inOrder(["test"], "sensor"),
  words: { least: 2, most: 2 },
  async run({ words: [verb, name], switches, terminal, signal, open }) {
    if (verb !== "test") {
      throw new UsageError(`cannot ${verb} a sensor\nusage: ${sensorCommand.usage}`);
    }
    const profile = await open();
    const test = await testSensor(profile, name, signal);
    terminal.out(
      switches.has("json")
        ? `${safeJson(sensorTestJson(test))}\n`
        : renderSensorTest(test, await viewOf(terminal)),
    );
    return test.reading.result.ok ? OK : FAILED;
  },
};
