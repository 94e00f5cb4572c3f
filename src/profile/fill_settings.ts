import type { SensorSetting, SettingValue } from "./sensor_settings.ts";

/** A sensor's file, the settings it knows, and what they are to be. */
export interface Filling {
  file: string;
  text: string;
  settings: Readonly<Record<string, SensorSetting>>;
  values: ReadonlyMap<string, SettingValue>;
}

/**
 * Writes values of settings into a catalogue sensor: into the line of its constant, quoted so that no value can
 * leave its string, and into the words of its header.
 */
export function fillSettings({ file, text, settings, values }: Filling): string {
  let filled = text;
  for (const [key, value] of values) {
    const { constant = true, header } = settings[key];
    if (constant) filled = fillConstant(filled, key.toUpperCase(), value, file.endsWith(".ts"));
    if (header) filled = fillHeader(filled, header(value));
  }
  return filled;
}

function fillConstant(text: string, name: string, value: SettingValue, ts: boolean): string {
  const line = ts ? new RegExp(`^const ${name} = .*;$`, "m") : new RegExp(`^${name}=.*$`, "m");
  if (!line.test(text)) throw new Error(`the sensor has no line for ${name}`);
  // By a function: `$&` in a value stays what it is.
  return text.replace(
    line,
    () => ts ? `const ${name} = ${JSON.stringify(value)};` : `${name}=${quote(value)}`,
  );
}

/** In the first line of the header, which has a word of its own for whatever settings change, or none yet. */
function fillHeader(text: string, [word, value]: [string, string]): string {
  return text.replace(/^(?:#|\/\/) looop:.*$/m, (line) => {
    const known = new RegExp(` ${word}=\\S+`);
    return known.test(line)
      ? line.replace(known, () => ` ${word}=${value}`)
      : `${line} ${word}=${value}`;
  });
}

/** A word of bash, or an array of them: within single quotes only the single quote itself means anything. */
function quote(value: SettingValue): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return `'${value.replaceAll("'", `'\\''`)}'`;
  return `(${value.map(quote).join(" ")})`;
}
