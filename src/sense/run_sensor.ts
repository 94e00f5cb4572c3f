import { type Mask, maskJson } from "../mask/mask.ts";
import { readBytes } from "../os/read.ts";
import type { Captured, ProgramRequest } from "../os/run_program.ts";
import { runPrograms } from "../os/run_programs.ts";
import { childEnv } from "../profile/child_env.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { canonicalJson, type JsonObject, sha256Hex } from "../schema/json.ts";
import type { CodeSensor, Reading } from "../schema/world.ts";
import {
  DEFAULT_GRACE,
  languageOf,
  readHeader,
  type SensorHeader,
  type SensorLimits,
  textOf,
} from "./header.ts";
import type { Sensor } from "./list.ts";
import { cleanText, explainEnd, explainNoStart, parseOutput } from "./output.ts";
import { freshSnapshot, withExact, withGrace } from "./snapshot.ts";

/** What a sensor is run with. */
export interface RunSensorOptions {
  /** From the environment; a `timeout` in the sensor's header goes before. */
  limits: SensorLimits;
  /** Run the sensor even if its last reading is still fresh. Default `false`. */
  anew?: boolean;
  /** Of a `.ts` sensor: the file to which Deno writes the permissions that it used. Default: none. */
  auditFile?: string;
  /** Runs the program. Default: under a supervisor of its own. */
  capture?: Capture;
  /** Kills the sensor when fired; the reading is then meaningless. */
  signal?: AbortSignal;
}

/** A reading, and whether it was reused from an earlier tick. */
export interface SensorRun {
  reading: Reading;
  kept: boolean;
}

/**
 * Runs one sensor, or reuses its last reading during the `interval` of its header. The reading is masked. A failure of
 * the sensor is a reading too.
 */
export async function runSensor(
  profile: Profile,
  sensor: Sensor,
  options: RunSensorOptions,
): Promise<SensorRun> {
  const at = profile.clock.now();
  const reading: Reading = {
    name: sensor.name,
    file: sensor.file,
    at: at.toISOString(),
    trusted: true,
    script: "",
    ms: 0,
    bytes: 0,
    result: { ok: false, error: sensor.problem ?? "" },
  };
  const { mask } = profile;
  // Also where its file cannot be read: a symlink may lead to a disk that is not there yet.
  let grace = options.anew ? 0 : DEFAULT_GRACE;
  const fail = async (error: string): Promise<SensorRun> => {
    reading.result = { ok: false, error: mask(error) };
    return { reading: await withGrace(profile, reading, grace), kept: false };
  };
  if (sensor.problem !== undefined) return await fail(sensor.problem);
  try {
    const bytes = readBytes(sensor.path);
    reading.script = await sha256Hex(bytes);
    // None for what only an edit can fix.
    grace = 0;
    const language = languageOf(sensor.file);
    const exactScript = textOf(bytes, language);
    const script = mask(exactScript.slice(0, BEGIN));
    // The same that an approval shows. An error quotes it masked.
    const parsed = readHeader(exactScript, language);
    // An invalid header may have been meant to mark the sensor as untrusted.
    reading.trusted = parsed.ok && parsed.header.trusted;
    if (!parsed.ok) return await fail(parsed.error);
    const { header } = parsed;
    if (!options.anew) grace = header.grace;
    const limits = { ...options.limits };
    if (header.timeout !== null) limits.timeoutMs = header.timeout * 1000;
    const { signal, auditFile } = options;
    // Imported here, since a tick runs its programs under one supervisor.
    const capture = options.capture ?? (await import("../os/run_program.ts")).captureOutput;
    const plan = { profile, sensor, header, limits, script, signal, auditFile, capture };
    const start = language === "ts" ? await prepareTs(plan, reading) : () => runExecutable(plan);
    if (typeof start === "string") return await fail(start);
    const key = { name: sensor.name, script: reading.script, interval: header.interval, now: at };
    const kept = options.anew ? null : await freshSnapshot(profile.paths.snapshots, key);
    if (kept !== null) {
      // Trust comes from the header, since a snapshot can be edited.
      const { trusted } = reading;
      const { exact, ...known } = await withExact(profile, kept);
      const again = maskedReading(mask, { ...known, trusted }, kept.result, exact);
      return { reading: again, kept: true };
    }
    const { captured, problem } = await start();
    reading.ms = Math.round(captured.end.ms);
    reading.bytes = captured.output.length;
    if (problem !== null) return await fail(problem);
    return { reading: maskedReading(mask, reading, parseOutput(captured.output)), kept: false };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return await fail(`it cannot be run: ${cleanText(mask(error.message), 250)}`);
  }
}

/** Masks the result of a reading; what rules compare is kept beside it. */
function maskedReading(
  mask: Mask,
  reading: Omit<Reading, "result">,
  result: Reading["result"],
  exact: JsonObject | undefined = result.ok ? result.value : undefined,
): Reading {
  const masked = maskJson(mask, result);
  const isSame = !masked.ok || exact === undefined || masked.value === exact ||
    canonicalJson(masked.value) === canonicalJson(exact);
  return { ...reading, result: masked, ...(isSame ? {} : { exact }) };
}

/** How many characters of a script are enough to explain why it does not start. */
const BEGIN = 4096;

/** Imported here, since most profiles have no TypeScript sensor. */
async function prepareTs(plan: SensorPlan, reading: Reading) {
  const { prepareTsSensor } = await import("./ts_sensor.ts");
  return await prepareTsSensor(plan, reading);
}

/** Calls one sensor in code; its reading is masked. A failure of the function is a reading too. */
export async function runCodeSensor(
  { clock, mask }: Profile,
  name: string,
  sensor: CodeSensor,
  { timeoutMs, maxBytes }: SensorLimits,
  signal?: AbortSignal,
): Promise<Reading> {
  const started = clock.now();
  const reading = { name, file: "", at: started.toISOString(), trusted: true, script: "" };
  const over = new AbortController();
  const stop = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
  const settle = (result: Reading["result"], bytes: number): Reading => {
    const ms = Math.max(0, clock.now().getTime() - started.getTime());
    return maskedReading(mask, { ...reading, ms, bytes }, result);
  };
  const fail = (error: string, bytes = 0) => settle({ ok: false, error }, bytes);
  try {
    const late = clock.sleep(timeoutMs, stop).then(() => LATE);
    const value = await Promise.race([Promise.resolve().then(sensor), late]);
    if (value === LATE) {
      return fail(`it ran longer than ${timeoutMs / 1000} s and is not waited for`);
    }
    const output = new TextEncoder().encode(canonicalJson(value));
    if (output.length > maxBytes) return fail(`it gave more than ${maxBytes} bytes`, maxBytes);
    return settle(parseOutput(output), output.length);
  } catch (error) {
    return fail(`it threw: ${cleanText(mask(messageOf(error)), 250)}`);
  } finally {
    over.abort();
  }
}

const LATE = Symbol("late");

/** Runs a sensor that is a program, in a sandbox if one is configured. */
export async function runExecutable(plan: SensorPlan): Promise<SensorRan> {
  const { profile, sensor, header, limits, script, signal, capture } = plan;
  const env = childEnv(profile, header.env);
  const free = profile.config.sandbox === "none";
  const captured = await capture({
    argv: free ? [sensor.path] : await insideOf(plan),
    cwd: profile.paths.dataDir,
    env,
    deadlineMs: limits.timeoutMs,
    mask: profile.mask,
    signal,
  }, limits.maxBytes);
  if (!free) {
    const { explainBwrap } = await import("../os/sandbox.ts");
    const unmade = explainBwrap(captured.end);
    if (unmade !== null) return { captured, problem: unmade };
  }
  const noStart = explainNoStart(captured.end, script, env.PATH);
  return { captured, problem: noStart ?? explainEnd(captured, limits) };
}

async function insideOf({ profile, sensor, header }: SensorPlan): Promise<string[]> {
  // Imported here, since most profiles use no sandbox.
  const { sandboxed } = await import("../profile/sandbox.ts");
  return await sandboxed(profile, { ...header, env: [] }, [sensor.path]);
}

/** A sensor that is ready to run. */
export interface SensorPlan {
  profile: Profile;
  sensor: Sensor;
  header: SensorHeader;
  limits: SensorLimits;
  /** Its first lines, masked. */
  script: string;
  signal?: AbortSignal;
  /** Runs the program. */
  capture: Capture;
  /** Of a `.ts` sensor: the file to which Deno writes the permissions that it used. Default: none. */
  auditFile?: string;
}

/** The output of a run, and why it cannot be used, in one line; `null` if it can. */
export interface SensorRan {
  captured: Captured;
  problem: string | null;
}

/** Runs a program and returns at most `maxBytes` of its stdout. */
export type Capture = (
  request: Omit<ProgramRequest, "onStdout">,
  maxBytes: number,
) => Promise<Captured>;

/** Collects the programs of one tick's sensors, then runs them under one supervisor. */
export class SensorBatch {
  #begun = 0;
  readonly #queue: {
    /** Its place in the order in which the sensors begin. */
    place: number;
    request: Parameters<Capture>[0];
    maxBytes: number;
    resolve(result: Captured): void;
    reject(error: unknown): void;
  }[] = [];

  /** Begins a sensor; resolves once its program is queued, or it has ended without one. */
  async begin<T>(run: (capture: Capture) => Promise<T>): Promise<{ result: Promise<T> }> {
    const { promise: queued, resolve: queue } = Promise.withResolvers<void>();
    const place = this.#begun++;
    const result = run((request, maxBytes) => {
      const { promise, resolve, reject } = Promise.withResolvers<Captured>();
      this.#queue.push({ place, request, maxBytes, resolve, reject });
      queue();
      return promise;
    });
    await Promise.race([queued, result]);
    return { result };
  }

  /** Runs what is queued, `atOnce` at a time. */
  async run({ paths, mask }: Profile, atOnce: number, signal?: AbortSignal): Promise<void> {
    // They were queued in the order in which their files were read.
    this.#queue.sort((a, b) => a.place - b.place);
    const jobs = this.#queue.map(({ request, maxBytes }) => ({ ...request, maxBytes }));
    try {
      const results = await runPrograms(jobs, {
        ...{ cwd: paths.dataDir, spareDir: paths.own, atOnce, mask, signal },
      });
      this.#queue.forEach(({ resolve }, n) => resolve(results[n]));
    } catch (error) {
      // Each sensor has a reading that says why.
      for (const { reject } of this.#queue) reject(error);
    }
  }
}
