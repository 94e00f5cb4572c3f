/**
 * Compiles looop into programs that need no Deno: `deno task compile [--target NAME] [--output DIRECTORY]
 * [--bundle FILE]`.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { join } from "@std/path";
import { stop } from "esbuild";
import { bundle } from "./bundle.ts";
import { compileTarget, tryProgram } from "./compile_target.ts";
import { ownTarget, TARGETS } from "./targets.ts";

const USAGE = `usage: deno task compile [--target NAME] [--output DIRECTORY] [--bundle FILE]

    --target NAME    ${Object.keys(TARGETS).join(", ")}
                     or all; repeatable (this machine's)
    --output DIRECTORY
                     where the programs go (dist)
    --bundle FILE    looop.js of deno task build (default: make a bundle)

DENORT_BIN is the path of Deno's runtime for the target, if it cannot be downloaded.`;

/** The parsed arguments. */
interface Wanted {
  targets: string[];
  dir: string;
  bundle?: string;
}

/** Parses the arguments; returns a text if they are invalid. */
function readArguments(args: string[]): Wanted | string {
  const unknown: string[] = [];
  const { target: given, output, bundle } = parseArgs(args, {
    string: ["target", "output", "bundle"],
    collect: ["target"],
    default: { output: "dist" },
    unknown: (argument) => (unknown.push(argument), false),
  });
  if (unknown.length > 0) return `unexpected argument ${unknown[0]}`;
  if (output === "") return "--output needs a directory";
  if (bundle === "") return "--bundle needs a file";
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
  return { targets, dir: output, bundle };
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
  const temp = await Deno.makeTempDir({ prefix: "looop-compile-" });
  let code = 0;
  try {
    const file = wanted.bundle ?? join(temp, "looop.js");
    if (wanted.bundle === undefined) await bundle(file, temp);
    for (const target of wanted.targets) {
      const { path, bytes } = await compileTarget(target, wanted.dir, file);
      const version = await tryProgram(target, path);
      const size = `${(bytes / 1e6).toFixed(1)} MB`;
      console.log(`${path}  ${size}${version === null ? "" : `  runs: ${version}`}`);
    }
  } catch (error) {
    console.error(`compile: ${error instanceof Error ? error.message : error}`);
    code = 1;
  } finally {
    await stop();
    await Deno.remove(temp, { recursive: true });
  }
  Deno.exit(code);
}
