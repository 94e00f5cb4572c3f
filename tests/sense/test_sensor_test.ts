import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../src/schema/errors.ts";
import { sense } from "../../src/sense/sense.ts";
import { testSensor } from "../../src/sense/test_sensor.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

/** Path and content of every file of a data dir, but for what Deno keeps of the modules that it compiled. */
async function filesOf(profile: TempProfile, dir = ""): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(`${profile.paths.dataDir}/${dir}`)) {
    const path = `${dir}${name}`;
    if (path === ".looop") continue;
    if (isDirectory) Object.assign(files, await filesOf(profile, `${path}/`));
    else files[path] = await profile.read(path);
  }
  return files;
}

Deno.test("testSensor runs a sensor as a tick would, and tells whether its signal would wake the loop", async () => {
  const script = (signal: string, detail: number) =>
    `#!/bin/sh\n# looop: interval=300 env=THERE,ABSENT timeout=5 trust=untrusted\n` +
    `printf '{"signal":"${signal}","detail":${detail},"env":"%s"}' "$THERE$OTHER"\n`;
  await using profile = await tempProfile({
    files: { "sensors/git.sh": script("red", 1) },
    env: { THERE: "here", OTHER: "not for it" },
  });
  const test = await testSensor(profile, "git");
  assertEquals(test.reading.result, { ok: true, value: { signal: "red", detail: 1, env: "here" } });
  assertEquals([test.signal, test.compared], ["red", "new"]);
  assertEquals([test.missing, test.permissions], [["ABSENT"], null]);
  assertEquals([test.limits, test.reading.trusted], [{ timeoutMs: 5000, maxBytes: 8192 }, false]);
  const [seen] = (await sense(profile)).readings;
  assertEquals({ ...test.reading, at: "", ms: 0 }, { ...seen, at: "", ms: 0 });
  assertEquals((await testSensor(profile, "git.sh")).compared, "same");
  await profile.write("sensors/git.sh", script("red", 2));
  assertEquals((await testSensor(profile, "git")).compared, "same");
  await profile.write("sensors/git.sh", script("green", 2));
  assertEquals((await testSensor(profile, "git")).compared, "changed");
});

Deno.test("testSensor keeps no reading, and writes nothing that a tick would read", async () => {
  await using profile = await tempProfile({
    files: {
      "sensors/now.sh": `#!/bin/sh\n# looop: interval=300\ndate +'{"ns":"%N"}'\n`,
      "sensors/t.ts": "console.log('{}');\n",
    },
  });
  await sense(profile);
  const before = await filesOf(profile);
  const first = await testSensor(profile, "now");
  const second = await testSensor(profile, "now");
  await testSensor(profile, "t");
  assertEquals([first.compared, second.compared], ["changed", "changed"]);
  assertEquals(first.signal === second.signal, false);
  assertEquals(await filesOf(profile), before);
});

Deno.test("testSensor tells what a .ts sensor used, and what it was refused though it went on", async () => {
  await using server = Deno.serve({ port: 0, onListen: () => {} }, () => new Response("hello"));
  const { port } = server.addr;
  const attempts = [
    `await (await fetch("http://localhost:${port}/a")).text()`,
    `await (await fetch("http://127.0.0.1:${port}/b")).text()`,
    `Deno.env.get("MINE")`,
    `Deno.env.get("HOME")`,
    `Deno.env.toObject()`,
    `Deno.readTextFileSync("PLAYBOOK.md")`,
    `Deno.readTextFileSync("reports/x")`,
    `Deno.readTextFileSync("/etc/hostname")`,
    `Deno.hostname()`,
    `Deno.osRelease()`,
    `Deno.writeTextFileSync("x", "")`,
    `Deno.dlopen("/lib/x.so", {})`,
    `await import("https://x.org/a" + ".ts")`,
    `new Deno.Command("ls").outputSync()`,
  ];
  const script = `// looop: allow-net=localhost:${port} allow-env=MINE allow-sys=osRelease\n` +
    `// looop: allow-read=PLAYBOOK.md,reports\nlet caught = 0;\n` +
    attempts.map((attempt) => `try { ${attempt}; } catch { caught++; }\n`).join("") +
    `console.log(JSON.stringify({ caught }));\n`;
  await using profile = await tempProfile({
    files: { "sensors/t.ts": script, "reports/x": "x" },
    env: { MINE: "1" },
  });
  const { reading, permissions } = await testSensor(profile, "t");
  assertEquals(reading.result, { ok: true, value: { caught: 9 } });
  // Of programs that it tried to start Deno tells nothing.
  assertEquals(permissions, {
    used: [
      `net localhost:${port}`,
      "env MINE",
      "read PLAYBOOK.md",
      "read reports/x",
      "sys osRelease",
    ],
    refused: [
      `net 127.0.0.1:${port}`,
      "env HOME",
      "env (all)",
      "read /etc/hostname",
      "sys hostname",
      "write x",
      "ffi /lib/x.so",
      "import x.org",
    ],
  });
});

Deno.test("testSensor gives a denied access as an error that names the missing permission", async () => {
  await using profile = await tempProfile({ files: { "sensors/t.ts": 'Deno.env.get("HOME");' } });
  const { reading, permissions, compared } = await testSensor(profile, "t");
  assertEquals(reading.result, { ok: false, error: "it needs allow-env=HOME in its header" });
  assertEquals([permissions, compared], [{ used: [], refused: ["env HOME"] }, "new"]);
});

Deno.test("testSensor shows what is wrong with a sensor that cannot run, and lists those there are", async () => {
  await using profile = await tempProfile({
    files: { "sensors/header.sh": "#!/bin/sh\n# looop: x=1\n", "sensors/ok.sh": "#!/bin/sh\n" },
  });
  await profile.write("sensors/plain.sh", "#!/bin/sh\n", 0o600);
  await assertRejects(
    () => testSensor(profile, "plain"),
    UserError,
    "sensors/plain.sh is not a sensor: it is not executable; chmod 700 ",
  );
  assertEquals((await testSensor(profile, "header")).header, null);
  await assertRejects(
    () => testSensor(profile, "nope"),
    UserError,
    "there is no sensor nope\n  sensors: header, ok",
  );
});
