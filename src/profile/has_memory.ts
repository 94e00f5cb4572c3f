import { inTheWay } from "../host/cannot.ts";
import { findProgram } from "../host/find_program.ts";
import { whatIsAt } from "../host/what_is_at.ts";
import type { Profile } from "./profile.ts";

/** Tells whether the data directory is a repository of its own that git can work on. */
export async function hasMemory(profile: Profile): Promise<boolean> {
  const git = `${profile.paths.dataDir}/.git`;
  if (!await gitInstalled(profile)) return false;
  const found = await whatIsAt(git);
  // A file leads to a repository elsewhere; a folder that lacks one of these is what a crash left of `git init`.
  if (found === "file") return true;
  if (found === "a folder") {
    return await whatIsAt(`${git}/HEAD`) === "file" &&
      await whatIsAt(`${git}/objects`) === "a folder";
  }
  if (found !== "nothing") throw inTheWay("keep history in", git, found, "folder");
  return false;
}

/** Tells whether git is on PATH. */
export async function gitInstalled({ env }: Profile): Promise<boolean> {
  return await findProgram("git", env("PATH") ?? "") !== null;
}
