import { dirname, join, resolve } from "@std/path";
import { tempDir } from "../os/dirs.ts";
import type { Environment } from "../os/env.ts";
import { runTool } from "../os/run_tool.ts";
import { isPresent, isPseudo, kindAt, realPath } from "../os/stat.ts";
import { listUpTo } from "../os/untrusted_dirs.ts";
import { copyRegular, readRegular } from "../os/untrusted_files.ts";
import { replaceFile } from "../os/write.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import type { Profile } from "./profile.ts";

/**
 * A git directory that looop made for one command, with what git may read of a repository. Nothing in it names a program:
 * it has no hooks, and a config of the allowed keys alone.
 */
export interface GitView extends AsyncDisposable {
  /** The git directory, without symlinks. */
  path: string;
  /** Where to start git: the given directory without symlinks. */
  cwd: string;
  /** Variables of the command. */
  env: Environment;
}

/** The repository that git would use in a directory. All paths are without symlinks. */
interface Repository {
  workTree: string;
  /** HEAD and the index. */
  gitDir: string;
  /** All else; of a linked worktree, the git directory of the main one. */
  commonDir: string;
}

/** A file like `HEAD` has one line. */
const LINE_BYTES = 4096;
const CONFIG_BYTES = 1 << 20;
/** About 600,000 files. */
const INDEX_BYTES = 64 << 20;

/** What git may read besides HEAD, the index, the objects and the config. */
const OF_GIT_DIR = [
  ...["FETCH_HEAD", "ORIG_HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_LOG"],
  ...["rebase-apply", "rebase-merge"],
];
const OF_COMMON_DIR = ["refs", "packed-refs", "reftable", "logs", "shallow", "info"];

/** Directories of files whose lines git prints: what is done next in a rebase, and lines that it cannot parse. */
const OF_LINES = /^(info|rebase-apply|rebase-merge|reftable)$/;
/** More files than any of these directories has, and more object directories than git reads. */
const MAX_ENTRIES = 1000;
const MAX_ALTERNATES = 100;

/**
 * The keys of a repository's config that git may read: how files and objects are stored, and which branch follows which.
 * All others are left out, and the config's includes, since a key may name a program or a file, now or in a later git.
 */
const CONFIG_KEYS = new Set([
  ...["core.repositoryformatversion", "extensions.objectformat", "extensions.refstorage"],
  ...["core.filemode", "core.symlinks", "core.ignorecase", "core.precomposeunicode"],
  ...["core.trustctime", "core.checkstat", "core.autocrlf", "core.eol", "core.quotepath"],
  ...["core.sparsecheckout", "core.sparsecheckoutcone", "index.sparse"],
  ...["i18n.commitencoding", "i18n.logoutputencoding", "status.showuntrackedfiles"],
]);
/** `git remote` lists a name that has a key; no transport is allowed, so it needs no address. */
const NAMED_KEYS = /^(branch\..+\.(remote|merge)|remote\..+\.fetch)$/s;

/** Less memory: of packs, only small parts are mapped, and no threads are started. No signature is checked. */
const OWN_CONFIG = `[core]
	packedGitWindowSize = 32m
	packedGitLimit = 256m
	preloadIndex = false
[index]
	threads = 1
[gpg]
	program = /dev/null
[gpg "ssh"]
	program = /dev/null
[gpg "x509"]
	program = /dev/null
`;

/** Neither the user's config, which names programs too, nor a transport, a prompt, or a write to the index. */
const ENV: Environment = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_ATTR_NOSYSTEM: "1",
  GIT_ALLOW_PROTOCOL: "",
  GIT_NO_LAZY_FETCH: "1",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_TERMINAL_PROMPT: "0",
  GIT_PAGER: "cat",
};

/**
 * Makes the view of the repository that git would use in a directory.
 *
 * @param dir absolute
 * @param dataDir without symlinks
 * @throws {UserError} if there is none, or workers write where it is.
 */
export async function openGitView(
  { environment }: Profile,
  dir: string,
  dataDir: string,
): Promise<GitView> {
  const cwd = await realPath(dir);
  if (cwd === null || kindAt(cwd) !== "a directory") throw refusal(dir, "it is not a directory");
  refuseUnsafe(dir, cwd, dataDir);
  const { gitDir, commonDir, workTree } = await findRepository(cwd);
  for (const path of [gitDir, commonDir]) {
    // The history of the data directory is looop's own.
    if (path !== join(dataDir, ".git") || cwd !== dataDir) refuseUnsafe(dir, path, dataDir);
  }
  const tool = { PATH: environment.PATH ?? "/usr/bin:/bin" };
  await using scope = new AsyncDisposableStack();
  const temporary = scope.use(await tempDir());
  const path = await realPath(temporary.path) ?? temporary.path;
  try {
    const config = await readSmall(commonDir, "config", CONFIG_BYTES) ?? "";
    await replaceFile(join(path, "config"), await allowedConfig(config, tool), { durable: false });
    const head = await readSmall(gitDir, "HEAD", LINE_BYTES) ?? "";
    await replaceFile(join(path, "HEAD"), head, { durable: false });
    const index = await realPath(join(gitDir, "index"));
    if (index !== null) await copyRegular(index, join(path, "index"), INDEX_BYTES);
    for (const name of OF_GIT_DIR) await refuseLinks(gitDir, name);
    for (const name of OF_COMMON_DIR) await refuseLinks(commonDir, name);
    await refuseAlternates([join(commonDir, "objects")]);
  } catch (error) {
    throw refusal(dir, `its git directory ${gitDir}: ${messageOf(error)}`);
  }
  const links = [
    ...OF_GIT_DIR.map((name) => join(gitDir, name)),
    ...OF_COMMON_DIR.map((name) => join(commonDir, name)),
  ].filter(isPresent);
  // A scoped Deno may not make symlinks.
  const linked = await runTool({ argv: ["ln", "-s", "--", ...links, `${path}/`], env: tool });
  if (linked.code !== 0) throw refusal(dir, linked.stderr);
  const kept = scope.move();
  return {
    path,
    cwd,
    env: {
      ...ENV,
      GIT_DIR: path,
      GIT_WORK_TREE: workTree,
      // Not linked: the paths of its alternates are relative to it.
      GIT_OBJECT_DIRECTORY: join(commonDir, "objects"),
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Finds a repository as git does, except for bare ones and `core.worktree`. */
async function findRepository(cwd: string): Promise<Repository> {
  for (let at = cwd;; at = dirname(at)) {
    const found = await realPath(join(at, ".git"));
    const kind = found === null ? "nothing" : kindAt(found);
    let gitDir = kind === "a directory" ? found : null;
    if (found !== null && kind === "file") {
      const link = /^gitdir: (.+?)[\r\n]*$/.exec(await readSmall(at, ".git", LINE_BYTES) ?? "")
        ?.[1];
      gitDir = link === undefined ? null : await realPath(resolve(at, link));
      if (gitDir === null) throw refusal(cwd, `${found} names no git directory`);
    }
    if (gitDir !== null && kindAt(join(gitDir, "HEAD")) === "file") {
      const common = await readSmall(gitDir, "commondir", LINE_BYTES);
      const commonDir = common === null ? gitDir : await realPath(resolve(gitDir, common.trim()));
      if (commonDir === null) throw refusal(cwd, `${gitDir}/commondir names no git directory`);
      return { workTree: at, gitDir, commonDir };
    }
    // git would use it as a bare repository, or not at all.
    if (kindAt(join(at, "HEAD")) === "file" && kindAt(join(at, "objects")) === "a directory") {
      throw refusal(cwd, `${at} is a git directory; name its working tree`);
    }
    if (at === dirname(at)) throw refusal(cwd, "it is not in a git repository");
  }
}

/**
 * Refuses what leads out of a git directory, and what is neither a file nor a directory: git prints lines of such files. A
 * symlink may lead to the same name in another git directory.
 */
async function refuseLinks(dir: string, name: string): Promise<void> {
  const real = await realPath(join(dir, name));
  if (real === null) return;
  if (!real.endsWith(`/${name}`)) throw new UserError(`${name} leads to ${real}`);
  const kind = kindAt(real);
  if (kind !== "file" && kind !== "a directory") throw new UserError(`${name} is ${kind}`);
  if (kind === "file" || !OF_LINES.test(name)) return;
  const { names, more } = await listUpTo(real, MAX_ENTRIES);
  if (more) throw new UserError(`${name} has more than ${MAX_ENTRIES} files`);
  for (const entry of names) await refuseLinks(dir, `${name}/${entry}`);
}

/** Does the same for the lists of further object directories, in these and in those that they name. */
async function refuseAlternates(directories: string[]): Promise<void> {
  for (const objects of directories) {
    await refuseLinks(objects, "info");
    const text = await readSmall(objects, "info/alternates", CONFIG_BYTES) ?? "";
    const others = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    for (const other of others) {
      // git reads escapes there.
      if (other.startsWith('"')) throw new UserError("its alternates have quotes");
      const path = resolve(objects, other);
      if (!directories.includes(path)) directories.push(path);
    }
    if (directories.length > MAX_ALTERNATES) throw new UserError("it has too many alternates");
  }
}

/** Reads a file of a git directory, which may be a symlink; `null` if nothing is there. */
async function readSmall(dir: string, name: string, maxBytes: number): Promise<string | null> {
  const real = await realPath(join(dir, name));
  if (real === null) return null;
  if (isPseudo(real)) throw new UserError(`${name} leads to ${real}`);
  try {
    return await readRegular(real, maxBytes);
  } catch (error) {
    throw new UserError(`${name} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** Returns a config with those settings of a repository's config that git may read. */
async function allowedConfig(text: string, env: Environment): Promise<string> {
  const argv = ["git", "config", "--file", "-", "--list", "-z", "--no-includes"];
  const none = { ...ENV, ...env, GIT_DIR: "/dev/null" };
  const { code, stdout, stderr } = await runTool({ argv, env: none, stdin: text });
  if (code !== 0) throw new UserError(`config: ${stderr}`);
  const lines = stdout.split("\0").filter(Boolean).map((entry) => {
    const at = entry.indexOf("\n");
    return at === -1 ? [entry, null] as const : [entry.slice(0, at), entry.slice(at + 1)] as const;
  });
  const allowed = lines.filter(([key]) => CONFIG_KEYS.has(key) || NAMED_KEYS.test(key));
  return OWN_CONFIG + allowed.map(([key, value]) => setting(key, value)).join("");
}

/** Writes a setting; a value of `null` means true. */
function setting(key: string, value: string | null): string {
  const [section, name] = [key.slice(0, key.indexOf(".")), key.slice(key.lastIndexOf(".") + 1)];
  const middle = key.slice(
    section.length + 1,
    Math.max(section.length, key.length - name.length - 1),
  );
  const quoted = (text: string) =>
    `"${text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t")}"`;
  const header = middle === "" ? `[${section}]` : `[${section} ${quoted(middle)}]`;
  return `${header}\n\t${name}${value === null ? "" : ` = ${quoted(value)}`}\n`;
}

function refuseUnsafe(dir: string, real: string, dataDir: string): void {
  const name = dir === real ? dir : `${dir} leads to ${real}, which`;
  if (isPseudo(real)) throw refusal(dir, `${name} is not a directory of files`);
  if (real.startsWith(`${dataDir}/`)) {
    throw refusal(dir, `${name} is in the data directory, where workers write`);
  }
}

function refusal(dir: string, why: string): UserError {
  return new UserError(`cannot run git in ${dir}: ${why}`);
}
