import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { cliOn } from "../support/cli_on.ts";
import { examine, soundProfile, wrong } from "./examine.ts";

Deno.test("doctor runs every sensor, and tells of errors and of what cannot be run", async () => {
  await using profile = await soundProfile();
  const { sensors } = profile.paths;
  await profile.write("sensors/fails.sh", "#!/bin/sh\necho no >&2; exit 3\n");
  await profile.write("sensors/hangs.sh", "#!/bin/sh\n# looop: timeout=0.5\nsleep 600\n");
  await profile.write("sensors/prose.sh", "#!/bin/sh\necho all is well\n");
  await profile.write("sensors/closed.sh", "#!/bin/sh\necho '{}'\n", 0o600);
  await profile.write("sensors/typo.sh", "#!/bin/sh\n# looop: intervall=5\necho '{}'\n");
  const found = await wrong(profile);
  assertEquals(found.map(([check, level, , fix]) => [check, level, fix]), [
    ["sensors", "warn", `chmod 700 ${join(sensors, "closed.sh")}`],
    ["sensor fails", "fail", "looop sensor test fails"],
    ["sensor hangs", "fail", "looop sensor test hangs"],
    ["sensor prose", "fail", "looop sensor test prose"],
    ["sensor typo", "fail", "looop sensor test typo"],
  ]);
  assertEquals(found.slice(0, 3).map(([, , text]) => text), [
    "sensors/closed.sh is not a sensor: it is not executable",
    "it exited with status 3: no",
    "it ran longer than 0.5 s and was killed",
  ]);
  assertMatch(found[4][2], /^its header is invalid: unknown key "intervall"; allowed are /);
  // No tick has seen them.
  assertEquals([...Deno.readDirSync(profile.paths.snapshots)].map(({ name }) => name), [
    "today.json",
  ]);
});

Deno.test("doctor warns of a sensor that takes over half its time, and of variables that are not set", async () => {
  await using profile = await soundProfile();
  await profile.write(
    "sensors/slow.sh",
    "#!/bin/sh\n# looop: timeout=9 env=MY_TOKEN,HOME\nsleep 5\necho '{}'\n",
  );
  const [missing, slow, ...rest] = await wrong(profile);
  assertEquals(missing, [
    "sensor slow",
    "warn",
    "its header names variables that are not set: MY_TOKEN",
    "export MY_TOKEN=…",
  ]);
  assertMatch(slow[2], /^slow: [5-8],\d\d\d ms of 9 s$/);
  assertEquals(rest, []);
});

Deno.test("doctor names the permissions that a .ts sensor was refused, also where it went on", async () => {
  await using profile = await soundProfile();
  const path = (name: string) => join(profile.paths.sensors, name);
  await profile.write(
    "sensors/asks.ts",
    `try { Deno.env.get("MY_TOKEN") } catch {}\nconsole.log('{"signal": 1}');\n`,
  );
  await profile.write(
    "sensors/dies.ts",
    `Deno.readTextFileSync("/etc/hostname");\nconsole.log('{"signal": 1}');\n`,
  );
  assertEquals(await wrong(profile), [
    [
      "sensor asks",
      "warn",
      "it was refused env MY_TOKEN",
      `to allow it, write "// looop: allow-env=MY_TOKEN" at the head of ${path("asks.ts")}`,
    ],
    [
      "sensor dies",
      "fail",
      "it needs allow-read=/etc/hostname in its header",
      `to allow it, write "// looop: allow-read=/etc/hostname" at the head of ${path("dies.ts")}`,
    ],
  ]);
});

Deno.test("doctor says of a sensor without a signal that all of it counts, and warns where there is none", async () => {
  await using profile = await soundProfile();
  await profile.write("sensors/whole.sh", "#!/bin/sh\necho '{\"at\": 1}'\n");
  const whole = (await examine(profile)).find(({ check }) => check === "sensor whole");
  assertMatch(
    whole?.found ?? "",
    /^[\d,]+ ms of 60 s; it has no signal, so any change wakes the loop$/,
  );
  assertEquals(whole?.level, "ok");
  for (const name of ["today.sh", "whole.sh"]) await Deno.remove(join(profile.paths.sensors, name));
  assertEquals(await wrong(profile), [[
    "sensors",
    "warn",
    `there is none in ${profile.paths.sensors}: the loop reads only goals and answers`,
    "looop sensor add",
  ]]);
});

Deno.test("doctor warns of a sensor whose signal changes on every tick", async () => {
  await using profile = await soundProfile();
  await profile.write(
    "sensors/flaps.sh",
    `#!/bin/sh\necho x >> flaps\necho "{\\"signal\\": $(wc -l < flaps)}"\n`,
  );
  await Deno.writeTextFile(profile.configPath, `{"runner": "none"}`, { mode: 0o600 });
  for (let tick = 1; tick <= 6; tick++) await cliOn(profile, ["tick"]);
  assertEquals(await wrong(profile), [[
    "sensor flaps",
    "warn",
    "its signal changed on each of the last 5 ticks, so alone it wakes the loop at most every 10 minutes",
    `print only what matters as its "signal": edit ${join(profile.paths.sensors, "flaps.sh")}`,
  ]]);
});

Deno.test("doctor fails where a limit of sensors in the environment cannot be used", async () => {
  await using profile = await soundProfile();
  profile.environment.LOOOP_SENSOR_TIMEOUT = "1m";
  const variables = ["LOOOP_SENSOR_TIMEOUT"];
  assertEquals(await wrong(profile, { variables }), [[
    "sensors",
    "fail",
    'cannot use LOOOP_SENSOR_TIMEOUT: found "1m", expected 0.1 to 3600 (seconds)',
    "change or unset it (looop help environment)",
  ]]);
});
