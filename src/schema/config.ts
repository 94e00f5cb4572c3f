import * as z from "zod/mini";
import type { Verdict } from "./decision.ts";
import { isJsonObject } from "./json.ts";
import { type NotifyKind, notifyKindsSchema, type QuietHours, quietHoursSchema } from "./notify.ts";
import {
  idSchema,
  lineSchema,
  maxLength,
  minLength,
  type Schema,
  textSchema,
  variablesSchema,
} from "./schema.ts";
import { durationMs } from "./text.ts";

/** The LLM command lines that looop knows, in order of preference. */
export const PRESET_NAMES = ["pi", "claude", "codex", "opencode"];

/** The format of a runner's stdout: plain text, or the event stream of a known program. */
export type OutputFormat = "text" | "claude" | "codex" | "pi" | "opencode";

/** A custom LLM command line, or changes to the preset of the same name. */
export interface RunnerConfig {
  /**
   * Shell command for a decision, with the prompt on stdin and in the file `{{prompt_file}}`. Default: the preset's
   * command.
   */
  tick?: string;
  /** Shell command for a worker's session, with the prompt in `{{prompt_file}}`. Default: the preset's. */
  worker?: string;
  /**
   * Shell command that continues the session of a worker which was lost, with its first message in `{{prompt_file}}`; only
   * with `worker`. Default: the preset's; without either such a worker is not continued.
   */
  resume?: string;
  /** Default: the preset's, else `text`, for which all of stdout is the answer. */
  output?: OutputFormat;
  /** Model name that is passed to a preset and recorded in the ledger. Default: the program's. */
  model?: string;
  /** Names of environment variables that it gets besides the usual ones and those of the preset. Default: none. */
  env?: string[];
  /** Whether its workers have the network in a sandbox; no program reaches its model without it. Default `false`. */
  network?: boolean;
  /** Credentials that its workers may read in a sandbox, as in {@linkcode Access}. Default: none. */
  read?: string[];
}

/** The config file with its defaults. */
export interface Config {
  /** `auto`, `none`, a preset (`pi`, `claude`, `codex`, `opencode`) or a name under `runners`. */
  runner: string;
  /** What workers run; same values as `runner`. Default: `runner`. */
  worker_runner: string;
  /** Custom LLM command lines, and changes to presets, by name. Default: none. */
  runners: Record<string, RunnerConfig>;
  /** Seconds between ticks. */
  interval: number;
  /** Seconds until the tick after a move. Default: `interval`. */
  busy_interval: number;
  /** Seconds between ticks while a worker is alive. Default: `interval`. */
  active_interval: number;
  /** Maximum of a move's `next_interval_s`, in seconds. */
  max_next_interval: number;
  /** Seconds without a move after which a goal that is ready for one wakes a decision; 0: never. Default 24 hours. */
  fairness: number;
  /** Maximum number of sensors that run at the same time. */
  sensors_at_once: number;
  /** Seconds without output after which a worker that does not wait is stuck. Default 15 minutes. */
  stuck_after: number;
  /** Seconds after which the `verify` of a worker is killed. Default 60. */
  verify_timeout: number;
  /** How many runs `runs/` stores; older ones are removed. Default 50. */
  keep_runs: number;
  /** Seconds after which the files of ended workers are removed. Default 3 days. */
  prune_after: number;
  /** The limits of the loop. */
  budget: Budget;
  /** Admission rules, evaluated before the built-in ones; the first match decides. Default: none. */
  policy: PolicyRule[];
  /** The sandbox of shell sensors, commands and workers: `bwrap` is bubblewrap, on Linux. Default `none`. */
  sandbox: "none" | "bwrap";
  /** Names of environment variables whose values are masked in all text that looop writes or shows. */
  redact: string[];
  /** Shell command that runs once for each ask, flag, failure and recovery, with its kind and text in its environment. Default: none. */
  notify?: string;
  /** The kinds of notifications that it runs for. Default: all. */
  notify_kinds?: NotifyKind[];
  /** When it does not run; what is due meanwhile is delivered afterwards. Default: never. */
  quiet_hours?: QuietHours;
  /** How asks and flags are shown in the user's own tmux, if looop runs in it: in a window, or not at all. Default `tmux`. */
  surface: "tmux" | "none";
  /** Shell command that runs after completed ticks, at most once a minute. Default: none. */
  heartbeat?: string;
}

const text = z.string().check(minLength(1));

const seconds = z.number().check(z.gt(0), z.maximum(86_400));

/** Seconds, in the file also as text such as `90s`, `15m`, `2h` or `3d`. */
const span = (min: number, max: number) =>
  z.pipe(
    z.custom<number | string>((value) => {
      const s = spanSeconds(value);
      return s >= min && s <= max;
    }, `must be seconds, or text such as 90s, 15m, 2h or 3d, from ${min} to ${max} s`),
    z.transform((value: number | string) => spanSeconds(value)),
  );

function spanSeconds(value: unknown): number {
  return typeof value === "number" ? value : durationMs(String(value)) / 1000;
}

const whole = (min: number, max: number) => z.int().check(z.minimum(min), z.maximum(max));

const dollars = z.number().check(z.minimum(0));

const readSchema = z.array(z.string().check(z.regex(/^(~\/|\/)/, "must begin with / or ~/")))
  .check(maxLength(50));

const runners = z.pipe(
  // A record silently drops this key.
  z.custom<unknown>(
    (value) => !(isJsonObject(value) && Object.hasOwn(value, "__proto__")),
    "must not have a runner named __proto__",
  ),
  z.record(
    z.string(),
    z.strictObject({
      tick: z.optional(text),
      worker: z.optional(text),
      resume: z.optional(text),
      output: z.optional(z.enum(["text", "claude", "codex", "pi", "opencode"])),
      model: z.optional(text),
      env: z.optional(variablesSchema),
      network: z.optional(z.boolean()),
      read: z.optional(readSchema),
    }),
  ),
);

const policy = z.array(z.strictObject({
  name: idSchema,
  when: textSchema(4000),
  then: z.enum(["allow", "ask", "deny"]),
  why: z.optional(lineSchema(500)),
  network: z.optional(z.boolean()),
  read: z.optional(readSchema),
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
  fairness: z._default(span(0, 365 * 86_400), 86_400),
  sensors_at_once: z._default(whole(1, 64), 8),
  stuck_after: z._default(span(60, 7 * 86_400), 900),
  verify_timeout: z._default(span(1, 86_400), 60),
  keep_runs: z._default(whole(1, 100_000), 50),
  prune_after: z._default(span(0, 366 * 86_400), 259_200),
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
  notify_kinds: z.optional(notifyKindsSchema),
  quiet_hours: z.optional(quietHoursSchema),
  surface: z._default(z.enum(["tmux", "none"]), "tmux"),
  heartbeat: z.optional(text),
});

/**
 * Checks the content of the config file and fills in the defaults. Unknown keys are errors.
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
      if (runner.resume !== undefined && runner.worker === undefined) {
        refuse("needs a worker command as well", "runners", name, "resume");
      }
      // A runner that is only for workers needs no command for decisions.
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

/** The limits of the loop: the config's `budget`. */
export interface Budget {
  /** Maximum number of runner calls within an hour, second attempts included. Default 60. */
  decides_per_hour: number;
  /** Maximum number of living workers. Default 8. */
  workers: number;
  /** Maximum cost of runners and workers from midnight to midnight, in US dollars. Default: no limit. */
  usd_per_day?: number;
  /** Maximum cost of one worker, in US dollars. Default: no limit. */
  usd_per_worker?: number;
  /** The effect of an unknown cost on a budget in dollars: `hold` decisions (default), or `ignore` it. */
  unknown_cost: "hold" | "ignore";
}

/** A budget that is used up: no runner is asked, although there is something to decide. */
export interface OverBudget {
  /**
   * Which budget; `unknown_cost`: some cost of today is unknown, so what is left is unknown too. `goal_usd`: that of one
   * goal, for which alone nothing is decided.
   */
  budget: "decides_per_hour" | "usd_per_day" | "unknown_cost" | "goal_usd";
  /** The reason, in one line. */
  why: string;
  /** Of `goal_usd`: the goal, its `budget_usd`, and what distinguishes this occasion from others. */
  goal?: { id: string; usd: number; key: string };
}

/** One admission rule of the config's `policy`. */
export interface PolicyRule extends Partial<Access> {
  /** Its name in verdicts. */
  name: string;
  /** CEL expression over `move` and the variables of goal rules; the first matching rule decides. */
  when: string;
  /** Apply the move, ask the user first, or refuse it. */
  then: Verdict["then"];
  /** The reason shown to the user, in one line. Default: the rule's name. */
  why?: string;
}

/** What a command, a sensor or a worker may do beyond reading files; without a sandbox only `env` has an effect. */
export interface Access {
  /** Whether it has the network. */
  network: boolean;
  /** Paths of credentials, absolute or with `~/`: others in `HOME` are hidden. Missing ones have no effect. */
  read: string[];
  /** Absolute paths that it may write to. */
  write: string[];
  /** Names of environment variables that it gets besides the usual ones. */
  env: string[];
}

/** The default: reading only. */
export const NO_ACCESS: Access = { network: false, read: [], write: [], env: [] };

/** Adds what the config gives the workers of a runner. */
export function withRunner(
  access: Access,
  runner?: Pick<RunnerConfig, "network" | "read">,
): Access {
  const network = access.network || runner?.network === true;
  return { ...access, network, read: [...access.read, ...runner?.read ?? []] };
}

/** Checks an access in a file. */
export const accessSchema: z.ZodMiniType<Access> = z.strictObject({
  network: z._default(z.boolean(), false),
  read: z._default(z.array(z.string()), []),
  write: z._default(z.array(z.string()), []),
  env: z._default(z.array(z.string()), []),
});
