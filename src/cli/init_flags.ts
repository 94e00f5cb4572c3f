import { composeSensor, type SensorOrder } from "../compose_sensor.ts";
import type { Given } from "../init/answers.ts";
import { parseUsd, refuseLine } from "../init/refuse_answer.ts";
import { messageOf, UsageError } from "../model/user_error.ts";
import type { CommandContext } from "./command.ts";

/** What each flag is for, for who has to give them. */
export const FLAGS: readonly (readonly [flag: string, about: string])[] = [
  ["--runner NAME", "what decides: auto, none, pi, claude, codex, opencode, or one of yours"],
  ["--worker-runner NAME", "what workers run: the same names, or same"],
  ["--usd-per-day N", "dollars that may be spent in a day, or none"],
  ["--sandbox none|bwrap", "what commands and workers run in"],
  ["--sensor NAME[:KEY=VALUE,…]", "a sensor of the catalogue; again for more"],
  ["--goal TEXT", "an aim, in one line; again for more"],
  ["--may, --ask, --never TEXT", "a line of the PLAYBOOK; again for more"],
];

/** @throws {UsageError} for a value that cannot be. */
export function readInitFlags({ lists }: Pick<CommandContext, "lists">): Given {
  const given: Given = {};
  const runner = single(lists, "runner");
  if (runner !== undefined) given.runner = runner;
  const workerRunner = single(lists, "worker-runner");
  if (workerRunner !== undefined) given.workerRunner = workerRunner;
  const usd = single(lists, "usd-per-day");
  if (usd !== undefined) {
    const parsed = parseUsd(usd);
    if (parsed === undefined) {
      throw new UsageError(`--usd-per-day ${usd}: it must be dollars, such as 5 or 0.50, or none`);
    }
    given.usdPerDay = parsed;
  }
  const sandbox = single(lists, "sandbox");
  if (sandbox !== undefined) {
    if (sandbox !== "none" && sandbox !== "bwrap") {
      throw new UsageError(`--sandbox ${sandbox}: it must be none or bwrap`);
    }
    given.sandbox = sandbox;
  }
  const sensors = lists.get("sensor");
  if (sensors) given.sensors = sensors.map(parseSensor);
  const goals = lists.get("goal");
  if (goals) given.goals = goals.map((goal) => parseLine("goal", goal));
  for (const key of ["may", "ask", "never"] as const) {
    const lines = lists.get(key);
    if (lines) given[key] = lines.map((line) => parseLine(key, line));
  }
  return given;
}

function single(lists: CommandContext["lists"], name: string): string | undefined {
  const values = lists.get(name) ?? [];
  if (values.length > 1) throw new UsageError(`--${name} is given twice`);
  return values[0];
}

/**
 * Reads `NAME:KEY=VALUE,KEY=VALUE`. A comma begins another setting only before `KEY=`, and never as `\,`: lists keep
 * theirs. `as=NAME` gives it another name.
 */
export function parseSensor(text: string): SensorOrder {
  const [, name, settings = ""] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? [];
  const parts = settings === "" ? [] : settings.split(/(?<!\\),(?=[a-z_]+=)/);
  const set = parts.map((part) => part.replaceAll("\\,", ","));
  const names = set.filter((part) => part.startsWith("as=")).map((part) => part.slice(3));
  const order: SensorOrder = { name, set: set.filter((part) => !part.startsWith("as=")) };
  if (names.length > 1) throw new UsageError(`--sensor ${name}: as is set twice`);
  if (names.length === 1) order.as = names[0];
  try {
    composeSensor(order);
  } catch (error) {
    throw new UsageError(
      `--sensor ${name}: ${
        messageOf(error)
      }\nit is given as --sensor NAME:KEY=VALUE,KEY=VALUE; looop sensor add lists all`,
      { cause: error },
    );
  }
  return order;
}

/** One line, trimmed. */
function parseLine(flag: string, text: string): string {
  const line = text.trim();
  const wrong = refuseLine(line);
  if (wrong === null) return line;
  throw new UsageError(`--${flag}: ${wrong}`);
}
