import { fromFileUrl, join } from "@std/path";

/** What is tested with: the npm package, its version, and the command in it. */
const pinned = [
  { name: "@anthropic-ai/claude-code", version: "2.1.197", command: "claude" },
  { name: "@mariozechner/pi-coding-agent", version: "0.73.1", command: "pi" },
  { name: "@openai/codex", version: "0.169.0", command: "codex" },
  { name: "opencode-ai", version: "1.18.33", command: "opencode" },
];

/** Where the runner programs are installed: `.cache/runners/` in the checkout, about 1.2 GB. */
export const runnersDir = fromFileUrl(new URL("../../../.cache/runners", import.meta.url));

/** The directory that holds their commands, for the front of a PATH. */
export const runnersBin = join(runnersDir, "node_modules", ".bin");

/**
 * Installs the pinned runner programs with npm, unless they are there already.
 *
 * All of them ship as npm packages for each platform; nothing comes from anywhere else.
 *
 * @param say takes lines of progress.
 * @throws {Error} where npm is missing or fails, or a program does not start afterwards.
 */
export async function installRunners(say: (line: string) => void = () => {}): Promise<void> {
  const missing = [];
  for (const one of pinned) if (!await isInstalled(one.name, one.version)) missing.push(one);
  if (missing.length > 0) {
    say(`installing ${missing.map((one) => `${one.name}@${one.version}`).join(", ")} with npm`);
    await npmInstall();
  }
  const isChecked = missing.length === 0 && await readCheck() === JSON.stringify(pinned);
  for (const { command, version } of pinned) {
    if (!isChecked) await mustStart(command, version);
    say(`${command} ${version}`);
  }
  if (!isChecked) await Deno.writeTextFile(checkFile, JSON.stringify(pinned));
}

/** Names the programs that have started once since they were installed: to start all takes seconds of processor time. */
const checkFile = join(runnersDir, "started.json");

async function readCheck(): Promise<string> {
  try {
    return await Deno.readTextFile(checkFile);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

async function isInstalled(name: string, version: string): Promise<boolean> {
  try {
    const file = join(runnersDir, "node_modules", name, "package.json");
    return JSON.parse(await Deno.readTextFile(file)).version === version;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function npmInstall(): Promise<void> {
  await Deno.mkdir(runnersDir, { recursive: true });
  const dependencies = Object.fromEntries(pinned.map(({ name, version }) => [name, version]));
  // Two of them put their platform's binary in place with an install script, which newer npm must be allowed.
  const allowScripts = { "@anthropic-ai/claude-code": true, "opencode-ai": true };
  const manifest = { private: true, dependencies, allowScripts };
  await Deno.writeTextFile(join(runnersDir, "package.json"), JSON.stringify(manifest, null, 2));
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts=false"];
  const npm = new Deno.Command("npm", { args, cwd: runnersDir, stdin: "null" });
  let code: number;
  try {
    code = (await npm.spawn().status).code;
  } catch (cause) {
    throw new Error("cannot install the runner programs: there is no npm on PATH", { cause });
  }
  if (code === 0) return;
  throw new Error(
    `cannot install the runner programs: npm ended with status ${code} in ${runnersDir}; ` +
      "what it says is above. Remove that directory to start afresh.",
  );
}

/** A missing platform package or install script shows only when the program is run. */
async function mustStart(command: string, version: string): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "looop-home-" });
  try {
    const { success, stdout, stderr } = await new Deno.Command(join(runnersBin, command), {
      args: ["--version"],
      env: { HOME: home },
      stdin: "null",
    }).output();
    // pi prints its version on stderr.
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    if (success && said.includes(version)) return;
    throw new Error(
      `${command} was installed but does not start: --version said ${JSON.stringify(said)}. ` +
        `Remove ${runnersDir} and install again.`,
    );
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

if (import.meta.main) await installRunners((line) => console.log(line));
