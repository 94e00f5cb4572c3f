import type { Command } from "./command.ts";
import { OK } from "./exit_codes.ts";
import { safeJson } from "./safe_text.ts";

/** `looop sensor ls`: the sensors, and what the last tick saw of them. */
export const sensorLs: Command = {
  usage: "looop sensor ls [--json]",
  switches: ["json"],
  words: { least: 0, most: 0 },
  async run({ switches, terminal, open }) {
    const profile = await open();
    const { surveySensors } = await import("../survey_sensors.ts");
    const sensors = await surveySensors(profile);
    if (switches.has("json")) {
      terminal.out(`${safeJson(sensors)}\n`);
      return OK;
    }
    const { renderSensors } = await import("./render_sensors.ts");
    const { viewOf } = await import("./view.ts");
    terminal.out(renderSensors(sensors, await viewOf(terminal), profile.clock.now()));
    return OK;
  },
};
