import { isAbsolute } from "@std/path";
import { whatIsAt } from "../host/what_is_at.ts";
import { nearest } from "../model/nearest.ts";
import type { Profile } from "../profile/profile.ts";
import type { Check } from "./check.ts";
import { type Finding, ok, warn } from "./finding.ts";

/** Looks at the environment that looop was given. */
export const checkEnvironment: Check = {
  name: "environment",
  run({ profile, variables }) {
    const findings = [
      ...home(profile),
      ...locale(profile),
      ...unknownNames(profile, variables),
      ...seconds(profile),
    ];
    return findings.length > 0
      ? findings
      : [ok("environment", "HOME, the locale and LOOOP_* are as they should be")];
  },
};

function home({ env }: Profile): Finding[] {
  const path = env("HOME");
  const wrong = path === undefined
    ? "HOME is not set"
    : !isAbsolute(path)
    ? `HOME is ${path}, which is not absolute`
    : whatIsAt(path) !== "a folder"
    ? `HOME is ${path}, where no folder is`
    : null;
  if (wrong === null) return [];
  return [warn("environment", `${wrong}: runners and git look there`, "export HOME=/home/you")];
}

function locale({ env }: Profile): Finding[] {
  // In the order in which they count.
  const name = ["LC_ALL", "LC_CTYPE", "LANG"].find((name) => env(name) !== undefined);
  const value = name === undefined ? undefined : env(name);
  if (value !== undefined && /utf-?8/i.test(value)) return [];
  const found = value === undefined ? "no locale is set" : `${name} is ${value}, not UTF-8`;
  const what = "programs may garble text, and tmux shows _ for all but ASCII";
  return [warn("environment", `${found}: ${what}`, `export ${name ?? "LANG"}=C.UTF-8`)];
}

function unknownNames({ environment }: Profile, variables: readonly string[]): Finding[] {
  const unknown = Object.keys(environment).filter((name) =>
    /^LOOOP_/i.test(name) && !variables.includes(name)
  );
  return unknown.sort().map((name) => {
    const meant = nearest(name.toUpperCase(), [...variables]);
    const fix = meant === null
      ? `unset ${name} (looop help environment)`
      : `rename it to ${meant}, if that is what you mean`;
    return warn("environment", `${name} means nothing to looop`, fix);
  });
}

/** What is no number is passed over in silence where a decision is made. */
function seconds({ env }: Profile): Finding[] {
  const text = env("LOOOP_TICK_TIMEOUT");
  if (text === undefined || Number(text) > 0) return [];
  const found = `LOOOP_TICK_TIMEOUT is ${JSON.stringify(text)}, so the default holds: 1800`;
  return [warn("environment", found, "export LOOOP_TICK_TIMEOUT=SECONDS, or unset it")];
}
