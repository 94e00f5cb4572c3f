import * as z from "zod/mini";
import type { Verdict } from "./decision.ts";
import { isJsonObject } from "./json.ts";
import {
  idSchema,
  lineSchema,
  maxLength,
  minLength,
  type Schema,
  textSchema,
  variablesSchema,
} from "./schema.ts";

/** The LLM command lines that looop knows, first choice first. */
export const PRESET_NAMES = ["pi", "claude", "codex", "opencode"];

/** How a runner's stdout is read: as plain text, or as the event stream of a known program. */
export type OutputFormat = "text" | "claude" | "codex" | "pi" | "opencode";

/** An LLM command line of one's own, or changes to a preset of the same name. */
export interface RunnerConfig {
  /**
   * Shell command for a decision: the prompt is on stdin, and in the file `{{prompt_file}}`. Default: the
   * preset's command.
   */
  tick?: string;
  /** Shell command for a worker's session, with the prompt in `{{prompt_file}}`. Default: the preset's. */
  worker?: string;
  /** Default: the preset's, else `text`: all of stdout is the answer. */
  output?: OutputFormat;
  /** Model name passed to a preset and noted in the ledger. Default: the program's own. */
  model?: string;
  /** Names of environment variables that it gets beyond the usual ones and the preset's own. Default: none. */
  env?: string[];
  /** In a sandbox its workers have the network, without which no program reaches its model. Default `false`. */
  network?: boolean;
}

/** The config file, defaults filled in. */
export interface Config {
  /** `auto`, `none`, a preset (`pi`, `claude`, `codex`, `opencode`) or a name under `runners`. */
  runner: string;
  /** What workers run: as `runner`. Default: the same as `runner`. */
  worker_runner: string;
  /** LLM command lines of one's own, and changes to presets, by name. Default: none. */
  runners: Record<string, RunnerConfig>;
  /** Seconds between ticks. */
  interval: number;
  /** Seconds until the tick after a move. Default: `interval`. */
  busy_interval: number;
  /** Seconds between ticks while a worker lives. Default: `interval`. */
  active_interval: number;
  /** The most seconds that a move's `next_interval_s` can ask for. */
  max_next_interval: number;
  /** How many sensors run at the same time. */
  sensors_at_once: number;
  /** What the loop may use up. */
  budget: Budget;
  /** Admission rules that come before the built-in ones; the first that holds decides. Default: none. */
  policy: PolicyRule[];
  /** What shell sensors, commands and workers run in: `bwrap` is bubblewrap, on Linux. Default `none`. */
  sandbox: "none" | "bwrap";
  /** Names of environment variables whose values are masked wherever looop writes or shows text. */
  redact: string[];
  /** Shell command that is run once for each new ask and flag. Default: none. */
  notify?: string;
}

const text = z.string().check(minLength(1));

const seconds = z.number().check(z.gt(0), z.maximum(86_400));

const whole = (min: number, max: number) => z.int().check(z.minimum(min), z.maximum(max));

const dollars = z.number().check(z.minimum(0));

const runners = z.pipe(
  // A record drops this one key silently.
  z.custom<unknown>(
    (value) => !(isJsonObject(value) && Object.hasOwn(value, "__proto__")),
    "must not have a runner named __proto__",
  ),
  z.record(
    z.string(),
    z.strictObject({
      tick: z.optional(text),
      worker: z.optional(text),
      output: z.optional(z.enum(["text", "claude", "codex", "pi", "opencode"])),
      model: z.optional(text),
      env: z.optional(variablesSchema),
      network: z.optional(z.boolean()),
    }),
  ),
);

const policy = z.array(z.strictObject({
  name: idSchema,
  when: textSchema(4000),
  then: z.enum(["allow", "ask", "deny"]),
  why: z.optional(lineSchema(500)),
  network: z.optional(z.boolean()),
  write: z.optional(
    z.array(z.string().check(z.regex(/^\//, "must be an absolute path"))).check(maxLength(50)),
  ),
  env: z.optional(variablesSchema),
})).check(maxLength(200));

const keys = z.strictObject({
  runner: z._default(text, "auto"),
  worker_runner: z.optional(text),
  runners: z._default(runners, {}),
  interval: z._default(seconds, 60),
  busy_interval: z.optional(seconds),
  active_interval: z.optional(seconds),
  max_next_interval: z._default(seconds.check(z.minimum(5)), 300),
  sensors_at_once: z._default(whole(1, 64), 8),
  budget: z.prefault(
    z.strictObject({
      decides_per_hour: z._default(whole(0, 100_000), 60),
      workers: z._default(whole(0, 1000), 8),
      usd_per_day: z.optional(dollars),
      usd_per_worker: z.optional(dollars),
      unknown_cost: z._default(z.enum(["hold", "ignore"]), "hold"),
    }),
    {},
  ),
  policy: z._default(policy, []),
  sandbox: z._default(z.enum(["none", "bwrap"]), "none"),
  redact: z._default(variablesSchema, []),
  notify: z.optional(text),
});

/**
 * Checks the config file's content, and fills in the defaults. Unknown keys are errors.
 *
 * @example
 * ```ts
 * import { configSchema } from "@looop/cli";
 *
 * console.log(configSchema.parse({ interval: 30 }).busy_interval); // 30
 * console.log(configSchema.safeParse({ intervall: 30 }).success); // false
 * ```
 */
export const configSchema: Schema<Config> = z.pipe(
  keys.check(({ value, issues }) => {
    const refuse = (message: string, ...path: string[]) =>
      issues.push({ code: "custom", message, path, input: value, continue: true });
    const known = ["auto", "none", ...PRESET_NAMES, ...Object.keys(value.runners)];
    for (const key of ["runner", "worker_runner"] as const) {
      const name = value[key];
      if (name === undefined || known.includes(name)) continue;
      refuse(`must be one of ${known.join(", ")}`, key);
    }
    for (const [name, runner] of Object.entries(value.runners)) {
      // A runner that only workers use needs no command for decisions.
      const decides = value.runner === name || runner.worker === undefined;
      if (PRESET_NAMES.includes(name) || runner.tick !== undefined || !decides) continue;
      refuse("must be a shell command: only presets have a default", "runners", name, "tick");
    }
  }),
  z.transform((config) => ({
    ...config,
    worker_runner: config.worker_runner ?? config.runner,
    busy_interval: config.busy_interval ?? config.interval,
    active_interval: config.active_interval ?? config.interval,
  })),
);

/** What the loop may use up: the config's `budget`. */
export interface Budget {
  /** How many decisions a runner may be asked for within an hour. Default 60. */
  decides_per_hour: number;
  /** How many workers may be alive. Default 8. */
  workers: number;
  /** US dollars that runners and workers together may cost from midnight to midnight. Default: no limit. */
  usd_per_day?: number;
  /** US dollars that one worker may cost. Default: no limit. */
  usd_per_worker?: number;
  /** What a cost that nobody knows does to a budget in dollars: `hold` decisions (default), or `ignore` it. */
  unknown_cost: "hold" | "ignore";
}

/** A budget that is used up: no runner is asked, although there is something to decide. */
export interface OverBudget {
  /** Which budget; `unknown_cost`: some cost of today is unknown, so what is left is unknown too. */
  budget: "decides_per_hour" | "usd_per_day" | "unknown_cost";
  /** The reason, in one line. */
  why: string;
}

/** One admission rule of the config's `policy`. */
export interface PolicyRule extends Partial<Access> {
  /** What verdicts call it. */
  name: string;
  /** CEL expression over `move` and what a goal's rule may read; the first rule that holds decides. */
  when: string;
  /** Make the move, ask a human first, or refuse it. */
  then: Verdict["then"];
  /** Why, in one line for a person. Default: the rule's name. */
  why?: string;
}

/** The built-in rules in their order, after which comes what outside text limits. */
export const BUILT_IN_NAMES = [
  "worker-command",
  "noop",
  "run-read-only",
  "run",
  "start-worker",
  "stop-worker",
  "write-goal-rules",
  "write-goal-trust",
  "write-goal",
  "archive-goal",
  "write-sensor",
  "remove-sensor",
  "write-playbook",
  "ask",
] as const;

/** What else a verdict may name as its rule. */
export const RESERVED_NAMES: readonly string[] = [
  ...BUILT_IN_NAMES,
  "taint",
  "approval",
  "default",
];

/** What a command, a sensor or a worker may do beyond reading files; without a sandbox only `env` has a meaning. */
export interface Access {
  /** It has the network. */
  network: boolean;
  /** Absolute paths that it may write to. */
  write: string[];
  /** Names of environment variables that it gets beyond the usual ones. */
  env: string[];
}

/** What it has where nothing says otherwise: it reads. */
export const NO_ACCESS: Access = { network: false, write: [], env: [] };

/** Checks an access in a file; a missing one is {@linkcode NO_ACCESS}. */
export const accessSchema: z.ZodMiniType<Access> = z.strictObject({
  network: z._default(z.boolean(), false),
  write: z._default(z.array(z.string()), []),
  env: z._default(z.array(z.string()), []),
});
