import type { Profile } from "./profile.ts";

/** Programs that may take a word for a command, as `sh -c` does. */
const RUNS_TEXT =
  /(^|\/)(\w*sh|env|xargs|find|make|awk|gawk|sed|perl|ruby|node|deno|python[\d.]*|tmux|script|sudo|timeout|nohup|nice)$/;
/** What has a meaning in a shell, or names a directory to work in. */
const IS_COMMAND = /[;&|<>()`$]|(^|[\s!])(cd|pushd|make|\w*sh|-C|--directory)(\s|=|$)/;
const QUOTED = /'[^']*'|"(?:[^"\\]|\\.)*"/g;

/**
 * The texts of a command in which names are looked for. In prose, such as the message of a commit, a word like "reports" is
 * not the name of a directory.
 */
export function textsOf(argv: string[]): { text: string; isProse: boolean }[] {
  const isProse = (text: string) => /\s/.test(text) && !IS_COMMAND.test(text);
  if (argv[0] !== "bash" || argv[1] !== "-c" || argv.length > 3) {
    const isPlain = !RUNS_TEXT.test(argv[0]);
    return argv.map((text) => ({ text, isProse: isPlain && isProse(text) }));
  }
  const quoted: string[] = [];
  const text = argv[2].replaceAll(QUOTED, (part, at: number) => {
    const before = argv[2].slice(0, at).trimEnd();
    if (!isProse(part.slice(1, -1)) || /(^|\s)(-\w*c|eval)$/.test(before)) return part;
    quoted.push(part.slice(1, -1));
    return "''";
  });
  return [{ text, isProse: false }, ...quoted.map((text) => ({ text, isProse: true }))];
}

const SUBSTITUTION = /\$\([^()]*\)|`[^`]*`/g;
/** A name of which only a part is known: the shell computes the rest. */
const PARTIAL = /^([^/*]+\*|\*+[^/*])/;

/** What separates names inside a word or a text for a shell. */
const BETWEEN = /[\s;&|<>()`'"={},:@!\\]+/;

const VARIABLE = /\$(?:(\w+)|\{(\w+)?[^}]*\})/g;
/** `${NAME:-word}` and its like: the word may be a name, or a part of one. */
const OTHERWISE = /\$\{\w*:?[-=+?]([^}]*)\}/g;
const ASSIGNMENT = /(?:^|[\s;&|(])(\w+)=(?:'([^']*)'|"([^"]*)"|([^\s;&|()'"]*))/g;
/** A part of a name that a shell expands to several, as in `re{ports,s}/`. */
const BRACES = /(?<=[\w.*,{-])\{[^{}\s]*[,.][^{}\s]*\}|\{[^{}\s]*[,.][^{}\s]*\}(?=[\w.*,}-])/g;
/** A directory before what only a shell or program can complete. */
const INCOMPLETE = /[\w.~+-][\w./~+-]*\/(?=[^\s;&|<>()'"/]*[$`\\%])/g;
/** The words of a text that could name a file, however they are quoted, joined or prefixed. */
export function namesIn(given: string, env: Profile["env"]): string[] {
  const text = unescaped(given);
  const own = new Map(
    [...text.matchAll(ASSIGNMENT)].map(([, name, ...value]) => [name, value.join("")]),
  );
  const without = text.replaceAll(VARIABLE, "");
  const expanded = text.replaceAll(VARIABLE, (_, name, braced) => {
    const variable = name ?? braced;
    return own.get(variable) ?? env(variable) ?? "";
  });
  const otherwise = text.replaceAll(OTHERWISE, (_, word) => word);
  let braces = text;
  for (let before = ""; before !== braces;) {
    before = braces;
    braces = braces.replaceAll(BRACES, "*");
  }
  const partial = text.replaceAll(SUBSTITUTION, "*").replaceAll(VARIABLE, "*").split(BETWEEN)
    .map((name) => name.replaceAll(/['"\\]|^(\.?\/+|\*+\/)+/g, ""))
    .filter((name) => PARTIAL.test(name));
  const incomplete = [given, text].flatMap((one) => one.match(INCOMPLETE) ?? []);
  return [text, without, expanded, otherwise, braces]
    .flatMap((variant) => [variant, variant.replaceAll(/['"\\]/g, "")])
    .flatMap((variant) => [variant, ...variant.split(BETWEEN)])
    .concat(incomplete, partial)
    // An option and its value may share a word.
    .flatMap((name) => /^-\w./.test(name) ? [name, name.slice(2)] : [name])
    .flatMap((name) => MODULE.test(name) ? [name, ...modulesOf(name)] : [name])
    .filter((name) => name !== "" && !name.includes("\0") && name.length < 4096);
}

/** A module as Python names it: `reports.fix`. */
const MODULE = /^\w+(\.\w+)+$/;
const modulesOf = (name: string) => ["", ".py"].map((end) => name.replaceAll(".", "/") + end);

/** What `$'…'` stands for in a shell, and a string in most languages. */
function unescaped(text: string): string {
  return text.replaceAll(
    /\\(?:x([0-9a-f]{1,2})|u\{?([0-9a-f]{1,6})\}?|([0-7]{3}))/gi,
    (all, byte, point, octal) => {
      const code = octal === undefined ? parseInt(byte ?? point, 16) : parseInt(octal, 8);
      return code > 0x1f && code <= 0x10ffff ? String.fromCodePoint(code) : all;
    },
  );
}
