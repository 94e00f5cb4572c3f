import { inTheWay } from "../host/cannot.ts";
import { findProgram } from "../host/find_program.ts";
import { whatIsAt } from "../host/what_is_at.ts";
import type { Profile } from "./profile.ts";

/** Tells whether the data directory is a repository of its own that git can work on. */
export function hasMemory(profile: Profile): boolean {
  const git = `${profile.paths.dataDir}/.git`;
  if (!gitInstalled(profile)) return false;
  const found = whatIsAt(git);
  // A file leads to a repository elsewhere; a folder that lacks one of these is what a crash left of `git init`.
  if (found === "file") return true;
  if (found === "a folder") {
    return whatIsAt(`${git}/HEAD`) === "file" &&
      whatIsAt(`${git}/objects`) === "a folder";
  }
  if (found !== "nothing") throw inTheWay("keep history in", git, found, "folder");
  return false;
}

/** Tells whether git is on PATH. */
export function gitInstalled({ env }: Profile): boolean {
  return findProgram("git", env("PATH") ?? "") !== null;
}
