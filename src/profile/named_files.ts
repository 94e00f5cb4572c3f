import { join, relative, resolve } from "@std/path";
import { listDir } from "../os/dirs.ts";
import { read } from "../os/read.ts";
import { kindAt, realPath, stat } from "../os/stat.ts";
import { walkFiles } from "../os/untrusted_dirs.ts";
import { type AdmittedCommand, ANY_CONTENT } from "../schema/action.ts";
import { sha256Hex } from "../schema/json.ts";
import type { Profile } from "./profile.ts";

/**
 * Digests the files and directories of the data directory that a command names, in any of its words or in the text that
 * bash reads: an approval covers what they hold, not only how they are called. What looop itself writes is left out.
 *
 * @returns see {@linkcode AdmittedCommand.files}
 */
export async function digestNamed(
  profile: Profile,
  argv: string[],
): Promise<AdmittedCommand["files"]> {
  const dataDir = await realPath(profile.paths.dataDir) ?? profile.paths.dataDir;
  const home = profile.env("HOME") ?? "/";
  const found = new Set<string>();
  const files: AdmittedCommand["files"] = {};
  for (const { text, isProse } of textsOf(argv)) {
    for (const name of new Set(namesIn(text, profile.env))) {
      const path = name.replace(/^~(?=\/|$)/, home);
      // It changes all the time.
      if (await realPath(resolve(dataDir, path)) === dataDir) files["./"] = ANY_CONTENT;
      for (const inside of await pathsOf(dataDir, path)) {
        const isWord = isProse && !name.includes("/") && isDirectory(join(dataDir, inside));
        if (!isWord) found.add(inside);
      }
    }
  }
  for (const path of [...found].sort()) {
    const at = join(dataDir, path);
    const key = isDirectory(at) ? `${path}/` : path;
    files[key] = LIVE.test(path) ? ANY_CONTENT : await digestAt(profile, at);
  }
  return files;
}

/**
 * Returns the first path whose content is not the admitted one any more; `null` if all are as they were.
 *
 * @param files as {@linkcode digestNamed} returned them
 */
export async function changedFile(
  profile: Pick<Profile, "paths" | "environment">,
  files: AdmittedCommand["files"],
): Promise<string | null> {
  const dataDir = await realPath(profile.paths.dataDir) ?? profile.paths.dataDir;
  for (const [path, digest] of Object.entries(files)) {
    if (digest !== ANY_CONTENT && await digestAt(profile, join(dataDir, path)) !== digest) {
      return path;
    }
  }
  return null;
}

/** What looop writes itself, on every move or all the time. */
const OWN =
  /^(\.git|\.looop|asks|snapshots|runs|archive|journal\.md|state\.json|cost\.jsonl|events\.jsonl)(\/|$)/;

/** What living workers write all the time. */
const LIVE = /^workers(\/[^/]+)?$/;

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
function textsOf(argv: string[]): { text: string; isProse: boolean }[] {
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
/** The data directory, as a process that starts in it may also call it. */
const HERE = /(?:\/proc\/(?:self|thread-self|\d+|\$\$)\/(?:task\/[^/\s]+\/)?cwd|~\+)\//g;

/** The words of a text that could name a file, however they are quoted, joined or prefixed. */
function namesIn(given: string, env: Profile["env"]): string[] {
  const text = unescaped(given).replaceAll(HERE, "./");
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
    .flatMap((name) => MODULE.test(name) ? [name, ...pathsOfModule(name)] : [name])
    .filter((name) => name !== "" && !name.includes("\0") && name.length < 4096);
}

/** A module as Python names it: `reports.fix`. */
const MODULE = /^\w+(\.\w+)+$/;

function pathsOfModule(name: string): string[] {
  const path = name.replaceAll(".", "/");
  return [path, `${path}.py`];
}

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

/** The paths, relative to the data directory, that a name leads to. */
async function pathsOf(dataDir: string, name: string): Promise<string[]> {
  const glob = /[*?[]/.exec(name)?.index;
  if (glob !== undefined) {
    const above = name.slice(0, name.lastIndexOf("/", glob) + 1);
    if (above !== "" && above !== "./") return await pathsOf(dataDir, above);
    return topNames(dataDir, name.slice(above.length).split("/")[0]);
  }
  const direct = await insideOf(dataDir, resolve(dataDir, name));
  if (direct !== null) return [direct];
  // Behind a variable, which may be the data directory.
  const rest = name.replace(/^\/+/, "");
  const behind = rest === name ? null : await insideOf(dataDir, resolve(dataDir, rest));
  return behind === null ? [] : [behind];
}

function topNames(dataDir: string, pattern: string): string[] {
  const source = pattern.replaceAll(
    /\[[^\]]*\]?|[*?]|[.+^${}()|\\]/g,
    (sign) => sign === "*" ? ".*" : sign === "?" || sign.startsWith("[") ? "." : `\\${sign}`,
  );
  const like = new RegExp(`^${source}$`);
  return listDir(dataDir).map(({ name }) => name)
    .filter((name) => !name.startsWith(".") && like.test(name) && !OWN.test(name));
}

/** The path relative to the data directory, by its spelling or what it leads to; `null` if it is not inside. */
async function insideOf(dataDir: string, path: string): Promise<string | null> {
  for (const way of [path, await realPath(path)]) {
    const inside = way === null ? ".." : relative(dataDir, way);
    if (inside === "" || inside.startsWith("..") || OWN.test(inside)) continue;
    const isThere = kindOrOther(way!) !== "nothing";
    // Any word could be the name of a file that is not there.
    const [top, ...below] = inside.split("/");
    const couldBe = below.length > 0 && !/[;&|<>()`\n]/.test(inside);
    if (isThere || (couldBe && isDirectory(join(dataDir, top)))) return inside;
  }
  return null;
}

function isDirectory(path: string): boolean {
  return kindOrOther(path) === "a directory";
}

function kindOrOther(path: string): string {
  try {
    return kindAt(path);
  } catch {
    return "nothing"; // a part of it is a file
  }
}

const MAX_BYTES = 64 << 20;
const LIMITS = { depth: 16, entries: 5000, bytes: MAX_BYTES };

async function digestAt(
  profile: Pick<Profile, "environment">,
  path: string,
): Promise<string | null> {
  const kind = kindOrOther(path);
  if (kind === "nothing") return null;
  if (kind === "file") return await digestFile(path) ?? "";
  if (kind !== "a directory") return "";
  const { files, skipped, cut } = await walkFiles(path, LIMITS, profile.environment);
  if (cut || skipped.length > 0) return "";
  const lines: string[] = [];
  let bytes = 0;
  for (const name of files) {
    const below = join(path, name);
    bytes += stat(below)?.size ?? 0;
    const digest = bytes > MAX_BYTES ? null : await digestFile(below);
    if (digest === null) return "";
    lines.push(`${name}\0${digest}`);
  }
  return await sha256Hex(lines.join("\0"));
}

/** `null` if it is too large, or nothing that can be read. */
async function digestFile(path: string): Promise<string | null> {
  try {
    if (kindAt(path) !== "file") return null;
    const bytes = read(path, { maxBytes: MAX_BYTES + 1 });
    return bytes === null || bytes.length > MAX_BYTES ? null : await sha256Hex(bytes);
  } catch {
    return null;
  }
}
