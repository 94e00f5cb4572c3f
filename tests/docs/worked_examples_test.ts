import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { runCli } from "../../src/cli/main.ts";
import { runTool } from "../../src/os/run_tool.ts";
import { denoDir, launcher } from "../support/looop.ts";
import { memoryTerminal } from "../support/memory_terminal.ts";
import { tempProfile } from "../support/temp_profile.ts";

/** Page → how many worked examples it has. */
const PAGES = { "rules-and-policy.md": 10, "sensors.md": 3 };

interface Fence {
  language: string;
  info: string;
  text: string;
}

interface Example {
  title: string;
  fences: Fence[];
}

for (const [page, count] of Object.entries(PAGES)) {
  const examples = await examplesOf(page);

  Deno.test(`docs/${page} has ${count} worked examples, numbered, each with what it prints`, () => {
    assertEquals(
      examples.map(({ title, fences }) => [
        Number(title.split(".")[0]),
        fences.filter(({ language }) => language === "console").length,
      ]),
      Array.from({ length: count }, (_, index) => [index + 1, 1]),
    );
  });

  for (const example of examples) {
    Deno.test(`docs/${page}: ${example.title}`, () => prove(example));
  }
}

async function examplesOf(page: string): Promise<Example[]> {
  const text = await Deno.readTextFile(new URL(`../../docs/${page}`, import.meta.url));
  return text.split(/^### /m).slice(1).map((section) => ({
    title: section.slice(0, section.indexOf("\n")),
    fences: Array.from(
      section.split(/^## /m)[0].matchAll(/^```(\w+) ?(.*)\n([^]*?)^```$/gm),
      ([, language, info, text]) => ({ language, info, text }),
    ),
  }));
}

/** Makes a profile of what an example gives, types its commands, and compares what they print. */
async function prove({ fences }: Example): Promise<void> {
  await using profile = await tempProfile();
  const bin = join(profile.root, "bin");
  await Deno.mkdir(bin);
  await Deno.symlink(launcher, join(bin, "looop"));
  await Deno.symlink(Deno.execPath(), join(bin, "deno"));
  let policy: unknown[] = [];
  for (const { language, info, text } of fences) {
    const [kind, name] = info.split("=");
    if (info === "policy") policy = [JSON.parse(text)].flat();
    else if (kind === "goal") await profile.write(`goals/${name}.md`, text);
    else if (kind === "sensor" && language === "json") {
      await profile.write(`sensors/${name}.sh`, `#!/bin/sh\ncat <<'END'\n${text}END\n`);
    } else if (kind === "sensor") await profile.write(`sensors/${name}.${language}`, text);
  }
  await Deno.writeTextFile(profile.configPath, JSON.stringify({ runner: "none", policy }));
  const env = {
    HOME: `${profile.environment.HOME}`,
    PATH: `${bin}:${profile.environment.PATH}`,
    DENO_DIR: denoDir(),
    LOOOP_DATA_DIR: profile.paths.dataDir,
    LOOOP_CONFIG: profile.configPath,
  };
  for (const { language, text } of fences) {
    if (language !== "console") continue;
    for (const [command, shown] of typedIn(text)) {
      const printed = await type(command, env);
      assertEquals(anyTime(printed), anyTime(shown), command);
    }
  }
}

/** Types a command into a shell, or has this process run it where it is looop's alone; gives stdout and stderr. */
async function type(command: string, env: Record<string, string>): Promise<string> {
  const [program, ...args] = Array.from(
    command.matchAll(/'([^']*)'|(\S+)/g),
    ([, quoted, plain]) => quoted ?? plain,
  );
  if (program !== "looop" || args.some((arg) => /^[|&;<>]/.test(arg))) {
    const argv = ["bash", "-c", `${command} 2>&1`];
    return (await runTool({ argv, env, cwd: env.LOOOP_DATA_DIR })).stdout;
  }
  const terminal = memoryTerminal();
  terminal.err = terminal.out;
  await runCli(args, terminal, new AbortController().signal, { environment: env });
  return terminal.stdout;
}

/** Each command behind a `$`, and what it printed. */
function typedIn(text: string): [string, string][] {
  return text.split(/^\$ /m).slice(1).map((part) => {
    const end = part.indexOf("\n");
    return [part.slice(0, end), part.slice(end + 1)];
  });
}

/** Times and ids differ each time. */
function anyTime(text: string): string {
  return text
    .replace(/\b\d\d:\d\d:\d\d\b/g, "09:30:00")
    .replace(/\b(ask|answer) [0-9a-f]{6}\b/g, "$1 000000")
    .replace(/^(took) +[\d.,]+ m?s of/gm, "$1 0 ms of");
}
