import { whatIsAt } from "../host/what_is_at.ts";
import { readTextIfThere } from "../host/read_text.ts";
import type { Check } from "./check.ts";
import { fail, type Finding, ok } from "./finding.ts";

/** Looks at the config file, and at the policy in it. */
export const checkConfig: Check = {
  name: "config",
  async run({ profile: { configPath, config }, configError }) {
    if (configError) return await problems(configPath, configError.message);
    const rules = config.policy.length;
    const there = whatIsAt(configPath) !== "nothing";
    return [
      ok("config", there ? configPath : `${configPath} is not there, so the defaults hold`),
      ok("policy", rules === 0 ? "the built-in rules alone" : count(rules)),
    ];
  },
};

/** One finding for each line that tells of one, with the line of the file where that can be told. */
async function problems(path: string, message: string): Promise<Finding[]> {
  const text = await readTextIfThere(path).catch(() => null) ?? "";
  const lines = message.split("\n").filter((line) => line.startsWith("  ")).map((l) => l.trim());
  if (lines.length > 0) {
    return lines.map((line) => {
      const check = line.startsWith("policy rule ") ? "policy" : "config";
      return fail(
        check,
        line.replace(/^policy rule /, "rule "),
        overridden(line, message) ?? edit(path, lineOf(line, text)),
      );
    });
  }
  const [, at] = / \(line (\d+) column \d+\)/.exec(message) ?? [];
  return [
    fail(
      "config",
      message.split("\n")[0].replace(/^config:? /, ""),
      edit(path, at ? Number(at) : null),
    ),
  ];
}

/** A variable of the environment may stand above the key of a problem. */
function overridden(problem: string, message: string): string | null {
  const [, key = ""] = /^`(\w+)`/.exec(problem) ?? [];
  const [, variables = ""] = /\(with (LOOOP_.*) of the environment\)/.exec(message) ?? [];
  const variable = `LOOOP_${key.toUpperCase()}`;
  if (!variables.split(", ").includes(variable)) return null;
  return `export ${variable}=SECONDS, or unset it`;
}

function edit(path: string, line: number | null): string {
  return line === null
    ? `edit ${path}; looop help config lists every key`
    : `edit line ${line} of ${path}; looop help config lists every key`;
}

/** The line of what a problem is about, where it stands there only once; `null`: nobody knows. */
function lineOf(problem: string, text: string): number | null {
  const [, rule] = /^policy rule (\S+):/.exec(problem) ?? [];
  const [, unknown] = /unknown key `([^`]+)`/.exec(problem) ?? [];
  const [, key] = /^`(?:[^`]*\.)?([\w-]+)`/.exec(problem) ?? [];
  const word = JSON.stringify(rule ?? unknown ?? key ?? "");
  const lines = text.split("\n").flatMap((line, i) => line.includes(word) ? [i + 1] : []);
  return lines.length === 1 ? lines[0] : null;
}

function count(rules: number): string {
  return rules === 1 ? "one rule of yours compiles" : `${rules} rules of yours compile`;
}
