import { CATALOGUE } from "../profile/catalogue.ts";

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
