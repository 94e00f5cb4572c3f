/**
 * Bundles looop into one file, and makes the directories to release: `deno task build [--output DIRECTORY]
 * [--repository OWNER/NAME]`.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { fromFileUrl, join } from "@std/path";
import { stop } from "esbuild";
import project from "../deno.json" with { type: "json" };
import { bundle } from "./bundle.ts";

const ROOT = fromFileUrl(new URL("../", import.meta.url));

/** The range of Deno versions that the npm package depends on; README names its lower end. */
const DENO_RANGE = "^2.9.6";

const USAGE = `usage: deno task build [--output DIRECTORY] [--repository OWNER/NAME]

    --output DIRECTORY       where looop/ and npm/ go (dist)
    --repository OWNER/NAME  the repository at GitHub that the npm package names; npm requires
                             it for a package with provenance`;

/** The manifest of the npm package. */
function manifest(repository: string | undefined): Record<string, unknown> {
  return {
    name: project.name,
    version: project.version,
    description:
      "A control loop for an engineer's work: sensors observe, and each change leads to one move",
    license: project.license,
    ...repository === undefined
      ? {}
      : { repository: { type: "git", url: `git+https://github.com/${repository}.git` } },
    type: "module",
    bin: { looop: "bin/looop" },
    files: ["bin/", "looop.js"],
    engines: { node: ">=18" },
    os: ["linux", "darwin"],
    dependencies: { deno: DENO_RANGE },
  };
}

/** Makes `dir/looop`, which a release packs, and `dir/npm`, which npm packs. */
async function makeDirs(dir: string, repository: string | undefined): Promise<void> {
  const temp = await Deno.makeTempDir({ prefix: "looop-build-" });
  try {
    await bundle(join(temp, "looop.js"), temp);
    for (const name of ["looop", "npm"]) {
      const made = join(dir, name);
      await Deno.remove(made, { recursive: true }).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
      await Deno.mkdir(join(made, "bin"), { recursive: true });
      await Deno.copyFile(join(temp, "looop.js"), join(made, "looop.js"));
      for (const file of ["bin/looop", "LICENSE", "README.md"]) {
        await Deno.copyFile(join(ROOT, file), join(made, file));
      }
    }
    const text = JSON.stringify(manifest(repository), null, 2) + "\n";
    await Deno.writeTextFile(join(dir, "npm", "package.json"), text);
  } finally {
    await Deno.remove(temp, { recursive: true });
  }
}

/** Prints a usage error, and exits. */
function refuse(problem: string): never {
  console.error(`build: ${problem}\n${USAGE}`);
  Deno.exit(2);
}

if (import.meta.main) {
  if (Deno.args.includes("--help") || Deno.args.includes("-h")) {
    console.log(USAGE);
    Deno.exit(0);
  }
  const { output, repository } = parseArgs(Deno.args, {
    string: ["output", "repository"],
    default: { output: "dist" },
    unknown: (argument) => refuse(`unexpected argument ${argument}`),
  });
  if (output === "") refuse("--output needs a directory");
  if (repository !== undefined && !/^[\w.-]+\/[\w.-]+$/.test(repository)) {
    refuse(`--repository ${repository} is not OWNER/NAME`);
  }
  try {
    await makeDirs(output, repository);
  } catch (error) {
    console.error(`build: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  } finally {
    await stop();
  }
  const { size } = await Deno.stat(join(output, "looop", "looop.js"));
  console.log(`${join(output, "looop")}  looop.js ${(size / 1e6).toFixed(1)} MB`);
  console.log(join(output, "npm"));
}
