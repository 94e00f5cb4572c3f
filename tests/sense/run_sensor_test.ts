import { assert, assertEquals } from "@std/assert";
import { sense } from "../../src/sense/sense.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { resultsOf } from "./results_of.ts";

const EXPECTED = "a sensor must print one JSON object";

Deno.test("runSensor() gives each way to fail its own text, and the others still run", async () => {
  await using profile = await tempProfile({
    files: {
      "sensors/array.sh": "#!/bin/sh\necho '[]'\n",
      "sensors/badutf.sh": "#!/bin/sh\nprintf '{\\377}'\n",
      "sensors/carriage.sh": "#!/bin/sh\r\necho '{}'\r\n",
      "sensors/empty.sh": "#!/bin/sh\n",
      "sensors/exit3.sh":
        "#!/bin/sh\necho '{}'\nprintf '\\033[31mno\\033[0m  \\001answer\\n' >&2\nexit 3\n",
      "sensors/flood.sh": "#!/bin/sh\nyes\n",
      "sensors/garbage": "\x7fELF\0\0\0\x01",
      "sensors/hang.sh": "#!/bin/sh\n# looop: timeout=0.3\nsleep 30\n",
      "sensors/header.sh": "#!/bin/sh\n# looop: intervall=3\necho '{}'\n",
      "sensors/killed.sh": "#!/bin/sh\nkill -9 $$\n",
      "sensors/no-env.sh": "#!/usr/bin/env -S nope -x\n",
      "sensors/no-interpreter.sh": "#!/usr/bin/nope\n",
      "sensors/ok.sh": "#!/bin/sh\necho '{\"a\":1}'\n",
      "sensors/prose.sh": "#!/bin/sh\necho all is well\n",
      "sensors/segv.sh": "#!/bin/sh\nkill -SEGV $$\n",
    },
  });
  assertEquals(await resultsOf(profile), {
    array: `it printed a JSON array: ${EXPECTED}`,
    badutf: "its output is not valid UTF-8",
    carriage: "it cannot start: its first line ends with a carriage return",
    empty: `it printed nothing: ${EXPECTED}`,
    exit3: "it exited with status 3: no answer",
    flood: "it printed more than 8192 bytes",
    garbage: "it cannot start: it is neither a script nor a program for this machine",
    hang: "it ran longer than 0.3 s and was killed",
    header: "its header is invalid: " +
      'unknown key "intervall"; allowed are interval, timeout, grace, trust, env, network, read, write',
    killed: "it was killed by signal 9",
    "no-env": "it cannot start: its interpreter nope is not installed",
    "no-interpreter": "it cannot start: its interpreter /usr/bin/nope is not installed",
    ok: { a: 1 },
    prose: `its output is not JSON: ${EXPECTED}`,
    segv: "it was killed by signal 11",
  });
});

Deno.test("runSensor() fills in the reading", async () => {
  await using profile = await tempProfile({
    files: { "sensors/mail.sh": "#!/bin/sh\n# looop: trust=untrusted\necho '{}'\n" },
  });
  const [reading] = (await sense(profile)).readings;
  assertEquals(reading.name, "mail");
  assertEquals(reading.file, "mail.sh");
  assertEquals(reading.trusted, false);
  assertEquals(reading.bytes, 3);
  assert(reading.ms > 0 && reading.ms < 20_000);
  assertEquals(reading.script.length, 64);
  assertEquals(new Date(reading.at).toISOString(), reading.at);
});

Deno.test("runSensor() trusts no sensor whose header it cannot read", async () => {
  await using profile = await tempProfile({
    files: { "sensors/mail.sh": "#!/bin/sh\n# looop: trust=untrustd\necho '{}'\n" },
  });
  const [reading] = (await sense(profile)).readings;
  assertEquals(reading.trusted, false);
});

Deno.test("runSensor() cuts what a failed sensor said to its end", async () => {
  const files = { "sensors/loud.sh": "#!/bin/sh\nseq 1000 >&2\necho the end >&2\nexit 1\n" };
  await using profile = await tempProfile({ files });
  const { loud } = await resultsOf(profile);
  assert(typeof loud === "string" && loud.length < 300, String(loud));
  assert(loud.startsWith("it exited with status 1: …") && loud.endsWith(" 1000 the end"), loud);
});

Deno.test("runSensor() runs in the data directory, without stdin, and with the usual environment", async () => {
  const script = '#!/bin/sh\n# looop: env=WANTED,ABSENT\n[ -z "$(cat)" ] || exit 9\n' +
    `printf '{"cwd":"%s","env":"%s"}' "$PWD" "$(env | cut -d= -f1 | sort | tr '\\n' ' ')"\n`;
  await using profile = await tempProfile({
    files: { "sensors/env.sh": script },
    env: { WANTED: "1", GITHUB_TOKEN: "secret", LC_ALL: "C", LOOOP_X: "1", SSH_AUTH_SOCK: "/x" },
  });
  const { env } = await resultsOf(profile);
  assertEquals(env, {
    cwd: profile.paths.dataDir,
    env: "HOME LC_ALL LOOOP_CONFIG LOOOP_DATA_DIR LOOOP_X PATH PWD SHLVL WANTED ",
  });
});

Deno.test("runSensor() takes its limits from the environment", async () => {
  await using profile = await tempProfile({
    files: {
      "sensors/big.sh": '#!/bin/sh\necho \'{"a":"0123456789"}\'\n',
      "sensors/hang.sh": "#!/bin/sh\nsleep 30\n",
      "sensors/own.sh": "#!/bin/sh\n# looop: timeout=20\nsleep 0.5; echo '{}'\n",
    },
    env: { LOOOP_SENSOR_TIMEOUT: "0.2", LOOOP_SENSOR_MAX_BYTES: "10" },
  });
  assertEquals(await resultsOf(profile), {
    big: "it printed more than 10 bytes",
    hang: "it ran longer than 0.2 s and was killed",
    own: {},
  });
});
