import type { ProgramOptions } from "./program_options.ts";

/** What a program would make of its words. */
export interface ReadOptions {
  /** Names, without dashes, written out in full. */
  options: string[];
  operands: string[];
}

/**
 * Reads words as getopt_long does: options wherever they stand before `--`, short ones in clusters, long ones cut
 * short where the program takes that.
 *
 * @throws where an option is none of the program's, or cannot be told from another
 */
export function readOptions(words: string[], program: ProgramOptions): ReadOptions {
  const read: ReadOptions = { options: [], operands: [] };
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === "--") {
      read.operands.push(...words.slice(i + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") read.operands.push(word);
    else if (word.startsWith("--")) {
      const [name, value] = split(word.slice(2));
      const { full, takes } = longNamed(name, program);
      read.options.push(full);
      if (takes === ":" && value === null) i++;
    } else i += readShort(word.slice(1), program.short, read);
  }
  return read;
}

/** Reads one cluster; gives how many more words it takes. */
function readShort(cluster: string, short: string, read: ReadOptions): number {
  for (let at = 0; at < cluster.length; at++) {
    const place = short.indexOf(cluster[at]);
    if (place === -1 || cluster[at] === ":") throw new Error(`no option -${cluster[at]}`);
    read.options.push(cluster[at]);
    if (short.startsWith("::", place + 1)) return 0;
    if (short[place + 1] === ":") return at + 1 === cluster.length ? 1 : 0;
  }
  return 0;
}

function longNamed(name: string, { long, abbreviations }: ProgramOptions) {
  const all = long.split(" ").map((spec) => ({
    full: spec.replace(/[:?]$/, ""),
    takes: /[:?]$/.exec(spec)?.[0] ?? "",
  }));
  const exact = all.find(({ full }) => full === name);
  if (exact) return exact;
  const fitting = abbreviations ? all.filter(({ full }) => full.startsWith(name)) : [];
  if (fitting.length !== 1) throw new Error(`${fitting.length} options are --${name}`);
  return fitting[0];
}

function split(text: string): [string, string | null] {
  const at = text.indexOf("=");
  return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}
