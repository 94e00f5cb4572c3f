import { findDeno } from "../host/find_deno.ts";
import { runtime } from "../host/runtime.ts";
import type { Check } from "./check.ts";
import { fail, ok, warn } from "./finding.ts";

/** The oldest Deno that looop works with: major and minor. */
const OLDEST = [2, 9];

/** Looks at what runs looop. */
export const checkDeno: Check = {
  name: "deno",
  run({ profile }) {
    const { version, path, compiled } = runtime();
    if (compiled) {
      if (findDeno(profile.env("PATH") ?? "") !== null) {
        return [ok("deno", `looop is compiled, with Deno ${version} in it: ${path}`)];
      }
      const found = `looop is compiled (${path}), and no deno is on PATH: .ts sensors cannot run`;
      return [warn("deno", found, "npm install -g deno")];
    }
    const [major, minor] = version.split(".").map(Number);
    const old = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
    return [
      old
        ? fail("deno", `${version} at ${path}, which is too old`, "npm install -g deno@2.9.6")
        : ok("deno", `${version} at ${path}`),
    ];
  },
};
