import sh from "../../../seeds/starters/sensor.sh" with { type: "text" };
import ts from "../../../seeds/starters/sensor.ts" with { type: "text" };
import { CATALOGUE } from "../../catalogue/catalogue.ts";
import { checkPaths, composeSensor } from "../../catalogue/render.ts";
import { addSensor, removeSensor, surveySensors } from "../../documents/sensors.ts";
import { readBytes } from "../../os/read.ts";
import type { Profile } from "../../profile/profile.ts";
import { UsageError } from "../../schema/errors.ts";
import { isId } from "../../schema/schema.ts";
import { listSensors, sensorNamed } from "../../sense/list.ts";
import { testSensor } from "../../sense/test_sensor.ts";
import { type Command, FAILED, OK, verbsCommand } from "../command.ts";
import { openToWrite, writeBody } from "../document_input.ts";
import { renderSensors, renderSensorTest, sensorTestJson } from "../output/documents.ts";
import { showFile } from "../output/view.ts";

/** `looop sensor add`: writes a sensor of the catalogue with its settings, or lists the catalogue. */
export const sensorAdd: Command = {
  usage: "looop sensor add [name] [--as NAME] [--set KEY=VALUE]… [--force] [--print]",
  more: "[--note TEXT]",
  completes: ["catalogue"],
  async run({ words: [name], switches, options, lists, terminal, say, signal, open }) {
    if (name === undefined) {
      const [given] = [...switches, ...options.keys(), ...lists.keys()];
      if (given === undefined) return say(catalogueText());
      throw new UsageError(`--${given} has no effect without the name of a catalogue sensor`);
    }
    const idle = switches.has("force") ? "force" : options.has("note") ? "note" : undefined;
    if (switches.has("print") && idle !== undefined) {
      throw new UsageError(`--${idle} has no effect with --print, which writes nothing`);
    }
    const order = { name, as: options.get("as"), set: lists.get("set") ?? [] };
    const sensor = composeSensor(order);
    if (switches.has("print")) return terminal.out(sensor.text);
    const profile = await openToWrite(open, "add a sensor");
    checkPaths(profile.env, order);
    const done = await addSensor(profile, sensor, {
      force: switches.has("force"),
      note: options.get("note"),
      signal,
    });
    const called = sensor.file.replace(/\.[^.]*$/, "");
    say(
      done === "unchanged"
        ? `sensors/${sensor.file} already has these settings\n`
        : `${done} sensors/${sensor.file}; test it with looop sensor test ${called}\n`,
    );
    if (!sensor.file.endsWith(".ts")) return;
    for (const variable of sensor.env) {
      if (profile.env(variable) !== undefined) continue;
      terminal.err(`looop: warning: ${variable} is not set; set it in the environment of looop\n`);
    }
  },
};

/** `looop sensor …`: shows, tests and changes sensors. */
export const sensorCommand: Command = verbsCommand(
  "looop sensor ls | test|show|rm <name> | write <name> [file|-] | add [id]",
  {
    ls: {
      usage: "looop sensor ls [--json]",
      async run({ print, open }) {
        const profile = await open();
        const sensors = await surveySensors(profile);
        await print(sensors, (view) => renderSensors(sensors, view, profile.clock.now()));
      },
    },
    test: {
      usage: "looop sensor test <name> [--json]",
      badConfig: "refuse",
      completes: ["sensor"],
      async run({ words: [name], signal, print, open }) {
        const test = await testSensor(await open(), name, signal);
        await print(sensorTestJson(test), (view) => renderSensorTest(test, view));
        return test.reading.result.ok ? OK : FAILED;
      },
    },
    show: {
      usage: "looop sensor show <name>",
      completes: ["sensor"],
      async run({ words: [name], terminal, open }) {
        showFile(terminal, readBytes(sensorNamed(await open(), name).path));
      },
    },
    write: {
      usage: "looop sensor write <name> [file|-] [--note TEXT]",
      completes: ["sensor", "file"],
      async run({ words: [name, from], options, say, terminal, signal, open }) {
        const profile = await openToWrite(open, "write a sensor");
        const file = fileNamed(profile, name);
        const starter = file.endsWith(".ts") ? ts : sh;
        const source = {
          kind: "sensor",
          path: `sensors/${file}`,
          from,
          starter,
          note: options.get("note"),
        } as const;
        const text = await writeBody(profile, source, { terminal, signal });
        if (text !== null) say(`test it with looop sensor test ${file}\n`);
      },
    },
    rm: {
      usage: "looop sensor rm <name> [--note TEXT]",
      completes: ["sensor"],
      async run({ words: [name], options, say, signal, open }) {
        const profile = await openToWrite(open, "remove a sensor");
        const { path, back } = await removeSensor(profile, name, {
          note: options.get("note"),
          signal,
        });
        say(`removed ${path}\n`);
        if (back !== null) say(`to restore it: ${back}\n`);
      },
    },
    add: sensorAdd,
  },
);

/** The file of an existing sensor; the name of a new one must have an extension. */
function fileNamed({ paths }: Profile, name: string): string {
  const found = listSensors(paths.sensors).find((one) => one.name === name);
  if (found) return found.file;
  const [, stem, extension] = /^(.*?)(\.[a-z0-9]{1,8})?$/s.exec(name) ?? [];
  if (isId(stem) && extension !== undefined) return name;
  throw new UsageError(
    `cannot write sensor ${name}: name a new one like git.sh or inbox.ts, with a-z, 0-9, - and _`,
  );
}

/** The catalogue in at most 80 columns. */
function catalogueText(): string {
  const sensors = CATALOGUE.map(({ name, about, settings }) => {
    const lines = Object.entries(settings).map(([key, { about, required }]) =>
      `    ${key.padEnd(14)}  ${required ? "required: " : ""}${about}\n`
    );
    return `${name.padEnd(8)}  ${about}\n${lines.join("")}`;
  });
  return `${sensors.join("\n")}\nAdd one:  looop sensor add NAME --set KEY=VALUE\n`;
}
