import { pulse as runPulse } from "../loop/pulse.ts";
import { tickOnce } from "../loop/run.ts";
import { readStatus } from "../loop/status.ts";
import { ensureProfile } from "../profile/ensure.ts";
import { openProfile } from "../profile/profile.ts";
import type { Decider } from "../schema/decision.ts";
import type { Status } from "../schema/status.ts";
import type { TickResult } from "../schema/tick_result.ts";
import type { CodeSensor } from "../schema/world.ts";

/** The paths of a profile, and a receiver of warnings. */
export interface ProfileOptions {
  /** Default: `LOOOP_DATA_DIR`, else `${XDG_STATE_HOME:-~/.local/state}/looop`. */
  dataDir?: string;
  /** Default: `LOOOP_CONFIG`, else `${XDG_CONFIG_HOME:-~/.config}/looop.json`. */
  configPath?: string;
  /** Receives warnings of one line each, such as an invalid goal file. Default: they are dropped. */
  warn?(text: string): void;
}

/** Options of {@linkcode tick}; all have a default. */
export interface TickOptions extends ProfileOptions {
  /** Decides instead of the configured runner. Its result is checked like a model's answer. */
  decide?: Decider;
  /** Sensors in code, by name, in addition to the executables in `sensors/`. */
  sensors?: Record<string, CodeSensor>;
  /** Decide and admit, but apply nothing. Default `false`. */
  dryRun?: boolean;
  /** Receives the output of a runner while it works. */
  onProgress?(text: string): void;
  /** Stops the tick and kills the programs that it started. */
  signal?: AbortSignal;
}

/**
 * Runs one tick: observes the world and, if something changed, decides exactly one move, checks it against policy,
 * applies it and records it. Creates the data directory with its starter files if it does not exist.
 *
 * @throws {UserError} if the profile cannot be used, or a pulse or another tick is running on it.
 * @throws {ConfigError} if the config is invalid.
 *
 * @example
 * ```ts
 * import { tick } from "@looop/cli";
 *
 * const dataDir = await Deno.makeTempDir();
 * const configPath = `${dataDir}/looop.json`;
 * const result = await tick({
 *   dataDir,
 *   configPath,
 *   sensors: { weather: () => ({ signal: "sunny" }) },
 *   decide: () => ({ action: "noop", reason: "the sun shines", journal: "enjoyed the sun" }),
 * });
 * if (result.outcome === "moved") console.log(result.journal); // - 2026-11-23 09:30 enjoyed the sun
 * ```
 */
export async function tick(options: TickOptions = {}): Promise<TickResult> {
  const { decide, ...input } = options;
  return await tickOnce(await openProfile(options), { ...input, decider: decide });
}

/** Options of {@linkcode pulse}; all but `signal` have a default. */
export interface PulseOptions extends Omit<TickOptions, "dryRun"> {
  /** Ends the pulse: the current tick is finished or cleanly abandoned. */
  signal: AbortSignal;
  /** Called after every tick, with the seconds until the next one unless an edit or an answer starts it. */
  onTick?(result: TickResult, waitS: number): void;
  /** Called once for each error while it persists; the pulse retries after `waitS` seconds. */
  onError?(error: unknown, waitS: number): void;
}

/**
 * Ticks on the configured cadence until `signal` aborts. An edit of PLAYBOOK, goals or config, or an answer, starts
 * the next tick within a second.
 *
 * @throws {UserError} if another pulse is running on this profile.
 *
 * @example
 * ```ts
 * import { pulse } from "@looop/cli";
 *
 * const dataDir = await Deno.makeTempDir();
 * const stop = new AbortController();
 * await pulse({
 *   dataDir,
 *   configPath: `${dataDir}/looop.json`,
 *   signal: stop.signal,
 *   decide: () => ({ action: "noop", reason: "all is well", journal: "checked everything" }),
 *   onTick: (result) => {
 *     console.log(result.outcome);
 *     stop.abort();
 *   },
 * });
 * ```
 */
export async function pulse(options: PulseOptions): Promise<void> {
  const { decide, ...input } = options;
  const profile = await openProfile(options);
  await ensureProfile(profile);
  await runPulse(profile, { ...input, decider: decide });
}

/**
 * Returns the state of a profile: its pulse, the last tick, what needs the user, today's cost. Read-only.
 *
 * @throws {ConfigError} if the config is invalid.
 *
 * @example
 * ```ts
 * import { status } from "@looop/cli";
 *
 * const dataDir = await Deno.makeTempDir();
 * const { pulse, attention } = await status({ dataDir, configPath: `${dataDir}/looop.json` });
 * console.log(pulse.running, attention); // false []
 * ```
 */
export async function status(options: ProfileOptions = {}): Promise<Status> {
  return await readStatus(await openProfile(options));
}
