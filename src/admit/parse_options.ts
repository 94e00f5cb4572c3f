/** The options and operands of a command. */
export interface ParsedOptions {
  /** Option names and their values, in order, repetitions included; `""` for one without a value. */
  options: [string, string][];
  /** All other words, in order. */
  operands: string[];
}

/**
 * Sorts the words after a program's name into options and operands, against the options that are allowed.
 * It must never see an operand or a value where the program sees an option: so an option counts as one
 * wherever it stands before `--`, long names are written out, and a short option with a value begins its word.
 *
 * @param allowed words with blanks between. `-l` takes no value. `-n:` takes one, in the same word or the
 * next: only for programs that never read it otherwise. `--since=` takes one, `--color[=]` may take one, both
 * in the same word alone. `-#` is a number such as `-5`.
 * @param anywhere the program knows options behind operands on every system; to others, a word there that is
 * the value of an option may be one more operand
 * @returns the parsed words, or in one line why they are refused
 */
export function parseOptions(
  words: string[],
  allowed: string,
  { anywhere }: { anywhere: boolean },
): ParsedOptions | string {
  const specs = new Set(allowed.split(" "));
  const options: ParsedOptions["options"] = [];
  const operands: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === "--") {
      operands.push(...words.slice(i + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      operands.push(word);
      continue;
    }
    if (/^-\d+$/.test(word) && specs.has("-#")) {
      options.push(["-#", word.slice(1)]);
      continue;
    }
    const takesNext = word.startsWith("--")
      ? parseLong(word, specs, options)
      : parseShort(word, specs, options);
    if (takesNext === null) return `its option ${word} is not on the read-only list`;
    if (takesNext === "") continue;
    if (!anywhere && operands.length > 0) {
      return `its option ${word} stands behind ${operands[0]}; put it before`;
    }
    if (++i === words.length) return `its option ${word} lacks a value`;
    options.push([takesNext, words[i]]);
  }
  return { options, operands };
}

/** Gives the option that takes the next word, `""` when none does, `null` when the word is not allowed. */
function parseLong(
  word: string,
  specs: Set<string>,
  options: ParsedOptions["options"],
): string | null {
  const at = word.indexOf("=");
  const name = at === -1 ? word : word.slice(0, at);
  if (at === -1 && specs.has(`${name}:`)) return name;
  const fits = at === -1 ? [name, `${name}[=]`] : [`${name}:`, `${name}=`, `${name}[=]`];
  if (!fits.some((spec) => specs.has(spec))) return null;
  options.push([name, at === -1 ? "" : word.slice(at + 1)]);
  return "";
}

/** Reads short options that share one word, such as `-la` or `-n5`. Gives what {@linkcode parseLong} does. */
function parseShort(
  word: string,
  specs: Set<string>,
  options: ParsedOptions["options"],
): string | null {
  const first = word.slice(0, 2);
  if (specs.has(`${first}:`)) {
    if (word.length === 2) return first;
    options.push([first, word.slice(2)]);
    return "";
  }
  for (const letter of word.slice(1)) {
    if (!specs.has(`-${letter}`)) return null;
    options.push([`-${letter}`, ""]);
  }
  return "";
}
