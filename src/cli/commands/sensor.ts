import sh from "../../../seeds/starters/sensor.sh" with { type: "text" };
import ts from "../../../seeds/starters/sensor.ts" with { type: "text" };
import { CATALOGUE } from "../../catalogue/catalogue.ts";
import { composeSensor } from "../../catalogue/render.ts";
import { addSensor, removeSensor, surveySensors } from "../../documents/sensors.ts";
import { readBytes } from "../../os/read.ts";
import type { Profile } from "../../profile/profile.ts";
import { UsageError } from "../../schema/errors.ts";
import { isId } from "../../schema/primitives.ts";
import { listSensors, sensorNamed } from "../../sense/list.ts";
import { testSensor } from "../../sense/test_sensor.ts";
import { type Command, FAILED, inOrder, OK, verbsCommand } from "../command.ts";
import { openToWrite, writeBody } from "../document_input.ts";
import { renderSensors, renderSensorTest, sensorTestJson } from "../output/documents.ts";
import { safeJson } from "../output/text.ts";
import { showFile, viewOf } from "../output/view.ts";

/** `looop sensor <verb>`: what the loop looks at the world with. */
export const sensorCommand: Command = verbsCommand(
  "looop sensor ls | test|show|rm <name> | write <name> [file|-] | add [id]",
  {
    ls: () => sensorLs,
    test: () => sensorTest,
    show: () => sensorShow,
    write: () => sensorWrite,
    rm: () => sensorRm,
    add: () => sensorAdd,
  },
);

/** `looop sensor ls`: the sensors, and what the last tick saw of them. */
export const sensorLs: Command = {
  usage: "looop sensor ls [--json]",
  switches: ["json"],
  words: { least: 0, most: 0 },
  async run({ switches, terminal, open }) {
    const profile = await open();
    const sensors = await surveySensors(profile);
    if (switches.has("json")) {
      terminal.out(`${safeJson(sensors)}\n`);
      return OK;
    }
    terminal.out(renderSensors(sensors, await viewOf(terminal), profile.clock.now()));
    return OK;
  },
};

/** `looop sensor write`: a sensor from stdin, a file or the editor. */
export const sensorWrite: Command = {
  usage: "looop sensor write <name> [file|-]",
  switches: [],
  completes: inOrder("sensor", "file"),
  words: { least: 1, most: 2 },
  async run({ words: [name, from], terminal, signal, open }) {
    const profile = await openToWrite(open, "write a sensor");
    const file = await fileNamed(profile, name);
    const path = `sensors/${file}`;
    const starter = file.endsWith(".ts") ? ts : sh;
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
  const there = (await listSensors(paths.sensors)).find((one) => one.name === name);
  if (there && there.file !== "") return there.file;
  const [, stem, extension] = /^(.*?)(\.[a-z0-9]{1,8})?$/s.exec(name) ?? [];
  if (isId(stem) && extension !== undefined) return name;
  throw new UsageError(
    `cannot write sensor ${name}: a new one is named like git.sh or inbox.ts, of a-z, 0-9, _ and -`,
  );
}

/** `looop sensor rm`: removes a sensor. */
export const sensorRm: Command = {
  usage: "looop sensor rm <name>",
  switches: [],
  completes: inOrder("sensor"),
  words: { least: 1, most: 1 },
  async run({ words: [name], terminal, signal, open }) {
    const profile = await openToWrite(open, "remove a sensor");
    const { path, back } = await removeSensor(profile, name, signal);
    terminal.out(`removed ${path}\n`);
    if (back !== null) terminal.out(`history still has it: ${back}\n`);
    return OK;
  },
};

/** `looop sensor show`: the file of a sensor. */
export const sensorShow: Command = {
  usage: "looop sensor show <name>",
  switches: [],
  completes: inOrder("sensor"),
  words: { least: 1, most: 1 },
  async run({ words: [name], terminal, open }) {
    showFile(terminal, readBytes((await sensorNamed(await open(), name)).path));
    return OK;
  },
};

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
      terminal.out(sensorAddList());
      return OK;
    }
    const sensor = composeSensor({ name, as: options.get("as"), set: lists.get("set") ?? [] });
    if (switches.has("print")) {
      terminal.out(sensor.text);
      return OK;
    }
    const profile = await openToWrite(open, "add a sensor");
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

/** The catalogue as `looop sensor add` shows it: at most 80 columns, no colour. */
export function sensorAddList(): string {
  const sensors = CATALOGUE.map(({ name, about, settings }) => {
    const lines = Object.entries(settings).map(([key, { about, required }]) =>
      `    ${key.padEnd(14)}  ${required ? "needed: " : ""}${about}\n`
    );
    return `${name.padEnd(8)}  ${about}\n${lines.join("")}`;
  });
  return `${sensors.join("\n")}\nAdd one:  looop sensor add NAME --set KEY=VALUE\n`;
}

/** `looop sensor test <name>`: runs one sensor, and shows what a tick would see. */
export const sensorTest: Command = {
  usage: "looop sensor test <name> [--json]",
  switches: ["json"],
  completes: inOrder("sensor"),
  words: { least: 1, most: 1 },
  async run({ words: [name], switches, terminal, signal, open }) {
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
