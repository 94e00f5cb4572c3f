import { pulse as runPulse } from "../loop/pulse.ts";
import { tickOnce } from "../loop/run.ts";
import { readStatus } from "../loop/status.ts";
import { ensureProfile } from "../profile/ensure.ts";
import { openProfile } from "../profile/profile.ts";
import type { Decider } from "../schema/decision.ts";
import type { Status, TickResult } from "../schema/status.ts";
import type { CodeSensor } from "../schema/world.ts";

/** Which profile: where its data and its config are, and whom to tell of what is amiss with it. */
export interface ProfileOptions {
  /** Default: `LOOOP_DATA_DIR`, else `${XDG_STATE_HOME:-~/.local/state}/looop`. */
  dataDir?: string;
  /** Default: `LOOOP_CONFIG`, else `${XDG_CONFIG_HOME:-~/.config}/looop.json`. */
  configPath?: string;
  /** Takes notices of one line each, such as a goal that cannot be read. Default: they are dropped. */
  warn?(text: string): void;
}

/** What {@linkcode tick} takes; all of it has a default. */
export interface TickOptions extends ProfileOptions {
  /** Decides in place of the configured runner. What it returns is checked like a model's answer. */
  decide?: Decider;
  /** Sensors in code, by name, beside the executables of `sensors/`. */
  sensors?: Record<string, CodeSensor>;
  /** Decide and admit, but make nothing. Default `false`. */
  dryRun?: boolean;
  /** Takes what a runner shows while it works. */
  onProgress?(text: string): void;
  /** Stops the tick, and kills all that it started. */
  signal?: AbortSignal;
}

/**
 * One pass of the loop: looks at the world, and if something changed decides on exactly one move, checks it
 * against policy, makes it and writes it down. A missing data directory is made and seeded.
 *
 * @throws {UserError} where the profile cannot be used, or a pulse or another tick of it is running.
 * @throws {ConfigError} where the config cannot be used.
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

/** What {@linkcode pulse} takes; all but `signal` has a default. */
export interface PulseOptions extends Omit<TickOptions, "dryRun"> {
  /** Ends the pulse: the tick under way is finished or cleanly abandoned. */
  signal: AbortSignal;
  /** Told of every tick, and how many seconds the pulse waits after it unless a person wakes it. */
  onTick?(result: TickResult, waitS: number): void;
  /** Told once of what goes wrong, for as long as it lasts; the pulse lives on, and tries again. */
  onError?(error: unknown, waitS: number): void;
}

/**
 * Ticks on the configured cadence until `signal` fires. A person's edit of PLAYBOOK, goals or config, or an
 * answer, starts the next tick within a second.
 *
 * @throws {UserError} where another pulse of this profile is running.
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
 *   decide: () => ({ action: "noop", reason: "all is well", journal: "looked around" }),
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
 * Tells how a profile is: its pulse, the last tick, what waits for a human, today's cost. Makes nothing.
 *
 * @throws {ConfigError} where the config cannot be used.
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
