import { basename, join, relative, resolve } from "@std/path";
import { listDir } from "../os/dirs.ts";
import { read } from "../os/read.ts";
import { kindAt, realPath, stat } from "../os/stat.ts";
import { walkFiles } from "../os/untrusted_dirs.ts";
import { type AdmittedCommand, ANY_CONTENT } from "../schema/action.ts";
import { sha256Hex } from "../schema/json.ts";
import type { Profile } from "./profile.ts";
import { namesIn, textsOf } from "./spelled_names.ts";

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
  const elsewhere = new Set<string>();
  const files: AdmittedCommand["files"] = {};
  for (const { text, isProse } of textsOf(argv)) {
    for (const name of new Set(namesIn(text, profile.env))) {
      const path = name.replace(/^~(?=\/|$)/, home);
      // It changes all the time.
      if (await realPath(resolve(dataDir, path)) === dataDir) files["./"] = ANY_CONTENT;
      const paths = await pathsOf(dataDir, path);
      for (const inside of paths) {
        const isWord = isProse && !name.includes("/") && isDirectory(join(dataDir, inside));
        if (!isWord) found.add(inside);
      }
      const isFile = name.includes("/") || (!isProse && name.includes("."));
      const isThere = path.startsWith("/") && kindOrOther(path) !== "nothing";
      if (paths.length === 0 && isFile && !isThere) elsewhere.add(name);
    }
  }
  const { namesakes, unlisted } = await filesNamed(profile, dataDir, [...elsewhere]);
  const dirs = [...found].map((path) => `${path}/`);
  for (const path of namesakes) if (!dirs.some((dir) => path.startsWith(dir))) found.add(path);
  for (const dir of unlisted) files[`${dir}/`] = ANY_CONTENT;
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

/** The paths, relative to the data directory, that a name leads to. */
async function pathsOf(dataDir: string, name: string): Promise<string[]> {
  const glob = GLOB.exec(name)?.index;
  if (glob !== undefined) {
    const above = name.slice(0, name.lastIndexOf("/", glob) + 1);
    if (above !== "" && above !== "./") return await pathsOf(dataDir, above);
    const parts = partsOf(name.slice(above.length).split("/")[0]);
    return namesAtTop(dataDir).filter((name) => fits(name, parts));
  }
  const direct = await insideOf(dataDir, resolve(dataDir, name));
  if (direct !== null) return [direct];
  // Behind a variable, which may be the data directory, or from another directory.
  const rest = name.replace(ABOVE, "");
  const behind = rest === name ? null : await insideOf(dataDir, resolve(dataDir, rest));
  return behind === null ? [] : [behind];
}

function namesAtTop(dataDir: string): string[] {
  return listDir(dataDir).map(({ name }) => name)
    .filter((name) => !name.startsWith(".") && !OWN.test(name));
}

/** What is between the stars of a glob. */
function partsOf(glob: string): RegExp[] {
  const parts = [""];
  for (const [sign] of `/${glob}\n`.matchAll(/\[[!^]?\]?(?:\[:\w+:\]|[^\]])*\]?|[^]/g)) {
    if (sign === "*") parts.push("");
    else parts[parts.length - 1] += /^[?[]/.test(sign) ? "." : RegExp.escape(sign);
  }
  return parts.map((source) => new RegExp(source, "g"));
}

/**
 * Reports whether the last names of a path fit a glob. Each part is looked for once, behind the one before: to try all
 * places of many stars would take hours.
 */
function fits(path: string, parts: RegExp[]): boolean {
  let at = 0;
  return parts.every((part) => {
    part.lastIndex = at;
    const found = part.test(`/${path}\n`);
    at = part.lastIndex;
    return found;
  });
}

/** What leads to another directory, or from another one to the data directory, at the beginning of a path. */
const ABOVE = /^(?:(?:\.\.?|~[^/]*|\/proc\/[^/]+\/(?:task\/[^/]+\/)?cwd)?\/+)+/;
const GLOB = /[*?[]/;
/** Beyond so many names, or characters of a glob, all files are meant. */
const [MAX_NAMES, MAX_GLOB] = [200, 200];

/**
 * Finds the files that a path could lead to whose directory only a shell knows, since it changed to another one, or
 * computes a part of it: all with the last name of the path, or that fit a glob.
 *
 * @returns also the directories of which not all files are compared
 */
async function filesNamed(
  { environment }: Pick<Profile, "environment">,
  dataDir: string,
  names: string[],
): Promise<{ namesakes: string[]; unlisted: string[] }> {
  const found = { namesakes: [] as string[], unlisted: [] as string[] };
  const given = names.map((name) => name.replace(ABOVE, "")).filter((path) => /\w/.test(path))
    .map((path) => GLOB.test(basename(path)) ? path : basename(path));
  const tooMany = given.length > MAX_NAMES ||
    given.some((name) => name.length > MAX_GLOB && GLOB.test(name));
  const patterns = (tooMany ? ["*"] : given).map(partsOf);
  for (const top of patterns.length > 0 ? namesAtTop(dataDir) : []) {
    if (LIVE.test(top)) continue;
    const walked = isDirectory(join(dataDir, top))
      ? await walkFiles(join(dataDir, top), LIMITS, environment)
      : null;
    const paths = walked?.files.map((path) => join(top, path)) ?? [top];
    found.namesakes.push(...paths.filter((path) => patterns.some((parts) => fits(path, parts))));
    if (walked?.cut || walked?.skipped.length) found.unlisted.push(top);
  }
  return found;
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
