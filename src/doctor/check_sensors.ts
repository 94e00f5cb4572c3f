import type { Env } from "../host/env.ts";
import { readLimits } from "../sense/read_limits.ts";
import { inPool } from "../sense/in_pool.ts";
import { listSensors } from "../sense/list_sensors.ts";
import type { Sensor } from "../sense/sensor.ts";
import { type SensorTest, testSensor } from "../sense/test_sensor.ts";
import { lastFlapping } from "../diff/find_flapping.ts";
import { messageOf } from "../model/user_error.ts";
import type { Check, CheckInput } from "./check.ts";
import { fail, type Finding, fromMessage, ok, warn } from "./finding.ts";

/** Runs every sensor as a tick would, but always anew; the loop sees nothing of it. */
export const checkSensors: Check = {
  name: "sensors",
  needsProfile: true,
  needsConfig: true,
  // Those of the sensors hold.
  deadlineMs: null,
  async run(input) {
    const { paths, config, env } = input.profile;
    const limits = wrongLimits(env);
    if (limits !== null) {
      return [fail("sensors", limits, "export it anew, or unset it (looop help environment)")];
    }
    const sensors = await listSensors(paths.sensors);
    if (sensors.length === 0) {
      const found = `there is none in ${paths.sensors}: the loop sees only goals and answers`;
      return [warn("sensors", found, "looop sensor add")];
    }
    const flapping = await lastFlapping(input.profile);
    const findings = await inPool(
      sensors,
      config.sensors_at_once,
      (one) => look(one, flapping.includes(one.name), input),
    );
    return findings.flat();
  },
};

function wrongLimits(env: Env): string | null {
  try {
    readLimits(env);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

async function look(
  sensor: Sensor,
  flaps: boolean,
  { profile, signal }: CheckInput,
): Promise<Finding[]> {
  const check = `sensor ${sensor.name}`;
  if (sensor.problem !== undefined) {
    const mode = /not executable/.test(sensor.problem);
    const fix = mode ? `chmod 700 ${sensor.path}` : `ls -la ${sensor.path}`;
    return [fail(check, sensor.problem, fix)];
  }
  try {
    const test = await testSensor(profile, sensor.file, signal);
    if (!test.reading.result.ok) return [failing(check, sensor, test)];
    return judge(check, sensor, test, flaps);
  } catch (error) {
    return [fromMessage("fail", check, messageOf(error))];
  }
}

function failing(check: string, { name, path }: Sensor, { reading, permissions }: SensorTest) {
  const { result } = reading;
  const refused = permissions?.refused ?? [];
  const error = result.ok ? "" : result.error;
  const told = refused.length === 0 || error.includes("allow-");
  const found = told ? error : `${error}; it was refused ${refused.join(", ")}`;
  return fail(
    check,
    found,
    refused.length > 0 ? allow(refused, path) : `looop sensor test ${name}`,
  );
}

function judge(check: string, { path }: Sensor, test: SensorTest, flaps: boolean): Finding[] {
  const { reading, limits, missing, permissions } = test;
  const findings: Finding[] = [];
  const refused = permissions?.refused ?? [];
  if (refused.length > 0) {
    findings.push(warn(check, `it was refused ${refused.join(", ")}`, allow(refused, path)));
  }
  if (missing.length > 0) {
    const fix = missing.map((name) => `export ${name}=…`).join("; ");
    findings.push(warn(check, `its header names what is not set: ${missing.join(", ")}`, fix));
  }
  const took = `${reading.ms.toLocaleString("en")} ms of ${limits.timeoutMs / 1000} s`;
  if (reading.ms > limits.timeoutMs / 2) {
    const fix = `make it faster, or write "looop: timeout=S" in a comment at the head of ${path}`;
    findings.push(warn(check, `slow: ${took}`, fix));
  }
  if (flaps) {
    const found = "its signal has changed on each of the last 5 ticks: alone it wakes the loop " +
      "every 10 minutes at most";
    findings.push(warn(check, found, `print only what matters as its "signal": edit ${path}`));
  }
  if (findings.length > 0) return findings;
  const { result } = reading;
  const own = result.ok && Object.hasOwn(result.value, "signal");
  return [ok(check, own ? took : `${took}; it has no signal, so all of it may wake the loop`)];
}

function allow(refused: string[], path: string): string {
  const words = refused.map((access) => `allow-${access.replace(" ", "=")}`).join(" ");
  return `if it may have that, write "// looop: ${words}" at the head of ${path}`;
}
