import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { FAILED, OK } from "./exit_codes.ts";
import { safeJson } from "./safe_text.ts";

/** `looop sensor test <name>`: runs one sensor, and shows what a tick would see. */
export const sensorTest: Command = {
  usage: "looop sensor test <name> [--json]",
  switches: ["json"],
  completes: inOrder("sensor"),
  words: { least: 1, most: 1 },
  async run({ words: [name], switches, terminal, signal, open }) {
    const profile = await open();
    const { testSensor } = await import("../sense/test_sensor.ts");
    const { renderSensorTest, sensorTestJson } = await import("./render_sensor_test.ts");
    const { viewOf } = await import("./view.ts");
    const test = await testSensor(profile, name, signal);
    terminal.out(
      switches.has("json")
        ? `${safeJson(sensorTestJson(test))}\n`
        : renderSensorTest(test, await viewOf(terminal)),
    );
    return test.reading.result.ok ? OK : FAILED;
  },
};
