/**
 * Compiles looop into programs that need no Deno: `deno task compile [--target NAME] [--output FOLDER]`.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { compileTarget, tryProgram } from "./compile_target.ts";
import { ownTarget, TARGETS } from "./targets.ts";

const USAGE = `usage: deno task compile [--target NAME] [--output FOLDER]

    --target NAME    ${Object.keys(TARGETS).join(", ")}
                     or all; may be given again and again (this machine's)
    --output FOLDER  where the programs go (dist)

DENORT_BIN names Deno's runtime for the target where it cannot be fetched.`;

/** What the arguments ask for; a text is what is wrong with them. */
function readArguments(args: string[]): { targets: string[]; folder: string } | string {
  const unknown: string[] = [];
  const { target: given, output } = parseArgs(args, {
    string: ["target", "output"],
    collect: ["target"],
    default: { output: "dist" },
    unknown: (argument) => (unknown.push(argument), false),
  });
  if (unknown.length > 0) return `unexpected argument ${unknown[0]}`;
  if (output === "") return "--output needs a folder";
  const own = ownTarget();
  if (given.length === 0 && own === undefined) {
    return `looop is not compiled for this machine (${Deno.build.target}); name a --target`;
  }
  const names = given.length === 0 ? [own!] : given;
  const targets = names.includes("all") ? Object.keys(TARGETS) : [...new Set(names)];
  const odd = targets.find((name) => !Object.hasOwn(TARGETS, name));
  if (odd !== undefined) return `unknown target ${odd || "(none named)"}`;
  if (targets.length > 1 && Deno.env.has("DENORT_BIN")) {
    return "DENORT_BIN is a runtime for one target: compile one at a time";
  }
  return { targets, folder: output };
}

if (import.meta.main) {
  if (Deno.args.includes("--help") || Deno.args.includes("-h")) {
    console.log(USAGE);
    Deno.exit(0);
  }
  const wanted = readArguments(Deno.args);
  if (typeof wanted === "string") {
    console.error(`compile: ${wanted}\n${USAGE}`);
    Deno.exit(2);
  }
  for (const target of wanted.targets) {
    try {
      const { path, bytes } = await compileTarget(target, wanted.folder);
      const said = await tryProgram(target, path);
      const size = `${(bytes / 1e6).toFixed(1)} MB`;
      console.log(`${path}  ${size}${said === null ? "" : `  runs: ${said}`}`);
    } catch (error) {
      console.error(`compile: ${error instanceof Error ? error.message : error}`);
      Deno.exit(1);
    }
  }
}
