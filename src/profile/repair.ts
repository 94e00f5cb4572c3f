import { join } from "@std/path";
import { ensureDir, listDir, movePath, removeDir, removeFile } from "../os/dirs.ts";
import { read } from "../os/read.ts";
import { isPresent, kindAt, stat } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { gitDirOf, type RunGitOptions, withLocks } from "./git.ts";
import { quoteWord } from "../schema/text.ts";
import type { Profile } from "./profile.ts";

/** What git 2.25 to 2.50 report of an index that they cannot use. */
const DAMAGED_INDEX = new RegExp(
  "index file (corrupt|smaller than expected|open failed|too short)|unable to map index file|" +
    "bad (index file|signature|index version|hash algorithm)|unknown index entry format|" +
    "cache entry has null sha1|malformed name field|unordered stage entries|cannot fix index|index uses .* extension, which",
);

/** What git reports where the repository, HEAD, its branch, or an object that it names is damaged. */
const DAMAGED_HEAD = new RegExp(
  "not a git repository|does not have any commits|reference broken|broken ref|appears to be broken|object file \\S+ is empty|" +
    "bad (tree object|tree-ish|object|revision) '?HEAD|ambiguous argument 'HEAD'|loose object \\S+ .*is corrupt|" +
    "(could not parse|failed to resolve) .*HEAD|unable to read tree|invalid object \\d+ |unable to read \\S{40}",
);

/** What git reports of a file in its directory that it cannot parse. */
const DAMAGED_FILES = [
  { name: "config", reported: /bad (numeric )?config .*\.git\/config/ },
  { name: "packed-refs", reported: /(unterminated|unexpected) line in .*\.git\/packed-refs/ },
];

/**
 * Repairs what a power cut, a sync client or a slip of the hand damages in the repository, so that the history goes on, and
 * warns. Nothing is lost by it: what cannot be read stays beside, and all files of the profile are as they were.
 *
 * @param stderr what git reported
 * @returns whether it is worth to run git again.
 */
export async function repairHistory(profile: Profile, stderr: string): Promise<boolean> {
  const dir = gitDirOf(profile.paths.dataDir);
  for (const { name, reported } of DAMAGED_FILES) {
    if (reported.test(stderr)) return await replaceDamaged(profile, dir, name);
  }
  return DAMAGED_INDEX.test(stderr) && await rebuildIndex(profile) ||
    DAMAGED_HEAD.test(stderr) && await repairHead(profile, dir);
}

/** git goes on without its config, with its defaults, and without packed refs, from the reflog. */
async function replaceDamaged(profile: Profile, dir: string, name: string): Promise<boolean> {
  if (kindAt(join(dir, name)) !== "file") return false;
  const kept = await setAside(profile, join(dir, name));
  profile.warn(
    `${name} of git in ${profile.paths.dataDir} was damaged: git goes on without it; the damaged one is ${kept}`,
  );
  return true;
}

async function setAside({ clock }: Profile, path: string): Promise<string> {
  const kept = `${path}.damaged-${clock.now().toISOString().replaceAll(":", "")}`;
  await movePath(path, kept);
  return kept;
}

/** Replaces the index by that of the last commit: what was staged is not, but all files are as they were. */
export async function rebuildIndex(profile: Profile): Promise<boolean> {
  const isDone = await readTree(profile);
  if (isDone) {
    profile.warn(
      `the index of git in ${profile.paths.dataDir} was damaged: it is made again from the last commit, and no file has changed`,
    );
  }
  return isDone;
}

async function readTree(profile: Profile): Promise<boolean> {
  await removeDir(join(gitDirOf(profile.paths.dataDir), "index"));
  const args = (await withLocks(profile, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]))
      .code === 0
    ? ["read-tree", "HEAD"]
    : ["read-tree", "--empty"];
  return (await withLocks(profile, args)).code === 0;
}

/** How many commits are tried, newest first. */
const MAX_TRIED = 100;
/** Failures that say nothing of the objects. */
const PASSING =
  /Too many open files|[Pp]ermission|not permitted|Input\/output|Cannot allocate|temporarily|[Ss]tale|alternate/;

/**
 * Goes on from the newest commit of HEAD that is whole, with what files and packs restore of it. What later ones held is in
 * the files still. If no commit can be read, a new history begins.
 */
export async function repairHead(profile: Profile, dir: string): Promise<boolean> {
  const { dataDir } = profile.paths;
  // A directory without objects is not a repository yet.
  if (kindAt(join(dir, "objects")) !== "a directory") return false;
  const run = (args: string[], options?: RunGitOptions) => withLocks(profile, args, options);
  const check = (rev: string) => run(["rev-list", "--objects", "--quiet", "--no-walk", rev, "--"]);
  const isWhole = async (rev: string) => (await check(rev)).code === 0;
  const head = join(dir, "HEAD");
  const isReadable = /^(ref: refs\/\S+|[0-9a-f]{40,64})\s*$/.test(textAt(head)) &&
    isPresent(join(dir, "refs"));
  if (isReadable && await isWhole("HEAD")) {
    // One of an older commit: git writes it again if it gets it.
    await removeEmptyObjects(dir);
    if (await isWhole("HEAD")) return false;
  }
  ensureDir(join(dir, "refs"));
  if (!isReadable && !/^ref: refs\/\S+\s*$/.test(textAt(head))) {
    await replaceFile(head, "ref: refs/heads/main\n");
  }
  const [, ref] = /^ref: (.*\S)/.exec(textAt(head)) ?? [];
  const branch = ref === undefined ? null : join(dir, ref);
  const exists = branch === null || isPresent(branch) || textAt(join(dir, "logs", ref)) !== "" ||
    (await run(["show-ref", "--verify", "--quiet", ref])).code === 0;
  // A branch without a commit yet.
  if (!exists) return !isReadable;
  const logged = [
    ...textAt(join(dir, "logs/HEAD")).matchAll(/^[0-9a-f]{40,64} ([0-9a-f]{40,64}) /gm),
  ].map(([, commit]) => commit).reverse();
  const { stdout } = await run(["for-each-ref", "--format=%(objectname)", "refs/remotes"]);
  const newest = [...new Set([...logged, ...stdout.split("\n").filter(Boolean)])];
  if (isOutOfReach(dir, newest.slice(0, MAX_TRIED))) {
    profile.warn(
      `objects of the history in ${dataDir} cannot be opened; make them yours: chown -R "$(id -u)" ${
        quoteWord(dir)
      }`,
    );
    return false;
  }
  await removeEmptyObjects(dir);
  if (!await isWhole("HEAD")) await restoreObjects(profile, dir);
  for (const commit of ["HEAD", ...newest.slice(0, MAX_TRIED)]) {
    if (!await isWhole(commit)) continue;
    // A failure that has passed, such as too many open files, is not damage.
    if (commit !== "HEAD" && await isWhole("HEAD")) return true;
    if (commit !== "HEAD" && branch !== null) await removeFile(branch);
    if (commit !== "HEAD" && (await run(["update-ref", "HEAD", commit])).code !== 0) return false;
    const { stdout } = await run(["rev-parse", "--short", "HEAD"]);
    profile.warn(
      `the history in ${dataDir} was damaged: it goes on from commit ${stdout.trim()}, and no file has changed`,
    );
    return await readTree(profile);
  }
  const { code, stderr } = await check("HEAD");
  const isElsewhere = isPresent(join(dir, "objects", "info", "alternates"));
  if (code === 0 || isElsewhere || PASSING.test(stderr)) return code === 0;
  return await beginAnew(profile, dir, ref ?? "refs/heads/main");
}

/** Reports whether what there is of these commits, or a pack, cannot be opened: git does not say so of every object. */
function isOutOfReach(dir: string, commits: string[]): boolean {
  const objects = join(dir, "objects");
  try {
    const packs = isPresent(join(objects, "pack")) ? listDir(join(objects, "pack")) : [];
    const paths = [
      ...commits.map((id) => join(objects, id.slice(0, 2), id.slice(2))),
      ...packs.map(({ name }) => join(objects, "pack", name)),
    ];
    return paths.some((path) => !["nothing", "file"].includes(kindAt(path)));
  } catch {
    return true;
  }
}

/** Leaves a branch without a commit. What is left of the former history stays, with its reflog. */
async function beginAnew(profile: Profile, dir: string, ref: string): Promise<boolean> {
  await replaceFile(join(dir, "HEAD"), `ref: ${ref}\n`);
  await withLocks(profile, ["update-ref", "--no-deref", "-d", ref]);
  await removeFile(join(dir, ref));
  const logs = isPresent(join(dir, "logs")) ? await setAside(profile, join(dir, "logs")) : null;
  const former = logs === null ? "" : `; ${logs}/HEAD lists the former commits`;
  profile.warn(
    `no commit of the history in ${profile.paths.dataDir} can be read any more: a new history begins, and no file has changed${former}`,
  );
  return await readTree(profile);
}

function textAt(path: string): string {
  return new TextDecoder().decode(stat(path)?.isFile ? read(path) ?? undefined : undefined);
}

/** An empty object holds nothing, and keeps git from writing it again. */
async function removeEmptyObjects(dir: string): Promise<void> {
  const objects = join(dir, "objects");
  for (const { name } of listDir(objects).filter(({ name }) => /^[0-9a-f]{2}$/.test(name))) {
    for (const file of listDir(join(objects, name))) {
      const path = join(objects, name, file.name);
      // Others are temporary: git writes them just now.
      if (/^[0-9a-f]{38,62}$/.test(file.name) && stat(path)?.size === 0) await removeFile(path);
    }
  }
}

/** Makes again what follows from other files: the index of a pack, and the objects of files that have not changed. */
async function restoreObjects(profile: Profile, dir: string): Promise<void> {
  const { dataDir } = profile.paths;
  const packs = join(dir, "objects", "pack");
  for (const { name } of isPresent(packs) ? listDir(packs) : []) {
    if (!/^pack-[0-9a-f]+\.pack$/.test(name)) continue;
    const [pack, made] = [join(packs, name), join(packs, `${name}.tmp.idx`)];
    const config = ["-c", "pack.writeReverseIndex=false"];
    const { code } = await withLocks(profile, [...config, "index-pack", "-o", made, pack]);
    if (code !== 0) continue;
    const index = pack.replace(/pack$/, "idx");
    await removeFile(index);
    await movePath(made, index);
  }
  const { stdout } = await withLocks(profile, ["ls-files", "-z"]);
  const files = stdout.split("\0").filter((path) =>
    path !== "" && !path.includes("\n") && stat(join(dataDir, path))?.isFile
  );
  // As they are: no filter of the config runs.
  const args = ["hash-object", "-w", "--no-filters", "--stdin-paths"];
  await withLocks(profile, args, { stdin: files.map((path) => `${path}\n`).join("") });
}
