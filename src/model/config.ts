import * as v from "valibot";
import type { Budget } from "./budget.ts";
import { idSchema } from "./id_schema.ts";
import { issuePath } from "./issue_path.ts";
import { isJsonObject } from "./json.ts";
import { numberSchema, wholeSchema } from "./number_schema.ts";
import type { PolicyRule } from "./policy_rule.ts";
import { recordOf } from "./record_of.ts";
import type { Schema } from "./schema.ts";
import { schemaOf } from "./schema_of.ts";
import { isUnknownKey, strictObject } from "./strict_object.ts";

/** The LLM command lines that looop knows, first choice first. */
export const PRESET_NAMES = ["pi", "claude", "codex", "opencode"];

/** What workers run that is looop itself: it asks the person, and so no other command can have its name. */
export const WIZARD = "init";

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

const ONE_LINE = /^[^\p{Cc}\u2028\u2029]*$/u;

const text = v.pipe(v.string(), v.nonEmpty());

const seconds = v.pipe(v.number(), v.gtValue(0), v.maxValue(86_400));

const whole = (min: number, max: number) => v.pipe(wholeSchema, v.minValue(min), v.maxValue(max));

const dollars = v.pipe(numberSchema, v.minValue(0));

const variables = v.pipe(
  v.array(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z_]\w*$/, "must be the name of an environment variable"),
    ),
  ),
  v.maxLength(200),
);

const keys = strictObject({
  runner: v.optional(text, "auto"),
  worker_runner: v.optional(text),
  runners: v.optional(
    v.pipe(
      // A record drops this one key in silence.
      v.custom<Record<string, unknown>>(
        (runners) => !(isJsonObject(runners) && Object.hasOwn(runners, "__proto__")),
        "no runner can be called __proto__",
      ),
      recordOf(strictObject({
        tick: v.optional(text),
        worker: v.optional(text),
        output: v.optional(v.picklist(["text", "claude", "codex", "pi", "opencode"])),
        model: v.optional(text),
        env: v.optional(variables),
        network: v.optional(v.boolean()),
      })),
    ),
    {},
  ),
  interval: v.optional(seconds, 60),
  busy_interval: v.optional(seconds),
  active_interval: v.optional(seconds),
  max_next_interval: v.optional(v.pipe(seconds, v.minValue(5)), 300),
  sensors_at_once: v.optional(whole(1, 64), 8),
  budget: v.optional(
    strictObject({
      decides_per_hour: v.optional(whole(0, 100_000), 60),
      workers: v.optional(whole(0, 1000), 8),
      usd_per_day: v.optional(dollars),
      usd_per_worker: v.optional(dollars),
      unknown_cost: v.optional(v.picklist(["hold", "ignore"]), "hold"),
    }),
    {},
  ),
  policy: v.optional(
    v.pipe(
      v.array(strictObject({
        name: idSchema,
        when: v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(4000)),
        then: v.picklist(["allow", "ask", "deny"]),
        why: v.optional(v.pipe(
          v.string(),
          v.trim(),
          v.nonEmpty(),
          v.maxLength(500),
          v.regex(ONE_LINE, "must be one line of text"),
        )),
        network: v.optional(v.boolean()),
        write: v.optional(v.pipe(
          v.array(v.pipe(v.string(), v.regex(/^\//, "must be an absolute path"))),
          v.maxLength(50),
        )),
        env: v.optional(variables),
      })),
      v.maxLength(200),
    ),
    [],
  ),
  sandbox: v.optional(v.picklist(["none", "bwrap"]), "none"),
  redact: v.optional(variables, []),
  notify: v.optional(text),
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
export const configSchema: Schema<Config> = schemaOf(v.pipe(
  keys,
  v.rawCheck(({ dataset, addIssue }) => {
    // Keys that nobody knows are no reason to keep silent about the others.
    if (dataset.issues?.some((issue) => issue.kind !== "validation" && !isUnknownKey(issue))) {
      return;
    }
    const value = dataset.value as v.InferOutput<typeof keys>;
    const known = ["auto", "none", ...PRESET_NAMES, ...Object.keys(value.runners)];
    for (const key of ["runner", "worker_runner"] as const) {
      const name = value[key];
      if (name === undefined || known.includes(name)) continue;
      addIssue({ message: `expected one of ${known.join(", ")}`, path: issuePath(value, key) });
    }
    for (const [name, runner] of Object.entries(value.runners)) {
      if (name === WIZARD && runner.worker !== undefined) {
        const message = "expected another name for the runner: init is looop init";
        addIssue({ message, path: issuePath(value, "runners", name, "worker") });
      }
      // One that only workers use needs no command for decisions.
      const decides = value.runner === name || runner.worker === undefined;
      if (PRESET_NAMES.includes(name) || runner.tick !== undefined || !decides) continue;
      const message = "expected a shell command: only presets have one of their own";
      addIssue({ message, path: issuePath(value, "runners", name, "tick") });
    }
  }),
  v.transform((config) => ({
    ...config,
    worker_runner: config.worker_runner ?? config.runner,
    busy_interval: config.busy_interval ?? config.interval,
    active_interval: config.active_interval ?? config.interval,
  })),
));
