import type { Command } from "./command.ts";
import { verbsCommand } from "./verbs_command.ts";

/** `looop sensor <verb>`: what the loop looks at the world with. */
export const sensorCommand: Command = verbsCommand(
  "looop sensor ls | test|show|rm <name> | write <name> [file|-] | add [id]",
  {
    ls: async () => (await import("./sensor_ls.ts")).sensorLs,
    test: async () => (await import("./test_sensor.ts")).sensorTest,
    show: async () => (await import("./sensor_show.ts")).sensorShow,
    write: async () => (await import("./sensor_write.ts")).sensorWrite,
    rm: async () => (await import("./sensor_rm.ts")).sensorRm,
    add: async () => (await import("./sensor_add.ts")).sensorAdd,
  },
);
