import { assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { fileNameProblem } from "../../src/sense/header.ts";
import { listSensors, sensorNamed, surveyDir } from "../../src/sense/list.ts";
import { sense } from "../../src/sense/sense.ts";
import { tempProfile } from "../support/temp_profile.ts";

const SCRIPT = "#!/bin/sh\necho '{}'\n";

Deno.test("listSensors() lists executables with an interpreter, binaries and .ts files by name, and nothing else", async () => {
  await using profile = await tempProfile({
    files: {
      "sensors/b.sh": SCRIPT,
      "sensors/a": "#! /usr/bin/env python3\n",
      "sensors/elf": "\x7fELF\x02\x01",
      "sensors/.hidden.sh": SCRIPT,
      "sensors/lib/x.sh": SCRIPT,
      // On some file systems everything is executable.
      "sensors/README.md": "# Notes\n",
      "sensors/data.json": "{}",
      "sensors/empty.sh": "",
    },
  });
  await profile.write("sensors/c.ts", "", 0o600);
  await profile.write("sensors/b.log", "12:00 read\n", 0o600);
  await profile.write("sensors/b.json", "{}", 0o600);
  await profile.write("sensors/c.pid", "1", 0o600);
  const { sensors } = profile.paths;
  assertEquals(listSensors(sensors), [
    { name: "a", file: "a", path: join(sensors, "a") },
    { name: "b", file: "b.sh", path: join(sensors, "b.sh") },
    { name: "c", file: "c.ts", path: join(sensors, "c.ts") },
    { name: "elf", file: "elf", path: join(sensors, "elf") },
  ]);
});

/** Names under which programs leave a copy of `mail.sh`, or an earlier or later version of it. */
const LEFT_BEHIND = [
  ...[
    "mail.sh~",
    "#mail.sh#",
    "mail.sh.~1~",
    "4913",
    "mail.sh.swp",
    "mail.sh.swn",
    "mail.sh___jb_tmp___",
  ],
  ...[
    "mail.sh___jb_old___",
    "sedXa1B2c",
    "mail.sh.orig",
    "mail.sh.rej",
    "mail.sh.bak",
    "mail.sh.1",
    "mail.bak",
  ],
  ...[
    "mail.old",
    "mail.sh.tmp.8123",
    "mail.sh.tmp-12-9",
    "mail (1).sh",
    "mail copy.sh",
    "mail 2.sh",
  ],
  ...["mail - Copy.sh", "Copy of mail.sh", "mail.sync-conflict-20261129-011421-ABCDEFG.sh"],
  ...[
    "mail (conflicted copy 2026-11-29 011421).sh",
    "mail.sh.dpkg-old",
    "mail.sh.rpmnew",
    "mail.sh.part",
  ],
  ...[
    "mail_BACKUP_4711.sh",
    "mail_LOCAL_4711.sh",
    "mail.sh,v",
    "mail-LAPTOP.sh",
    "mail.crdownload",
    "mail.lock",
  ],
  ...["nohup.out", "core.4711", "Thumbs.db", "mail.sh.gz", "mail.SH", "mail_", "a".repeat(65)],
];

Deno.test("fileNameProblem() refuses the names under which programs leave things, and accepts those of sensors", () => {
  assertEquals(LEFT_BEHIND.filter((file) => fileNameProblem(file) === null), []);
  const good = [
    "mail",
    "mail.sh",
    "x",
    "mail2.py",
    "a-b_c.rb",
    "2fa.js",
    "load.ts",
    "a".repeat(64),
    "big.exe",
  ];
  assertEquals(good.filter((file) => fileNameProblem(file) !== null), []);
});

Deno.test("what programs leave beside a sensor changes no reading, be it executable, changed or not", async () => {
  await using profile = await tempProfile({ files: { "sensors/mail.sh": SCRIPT } });
  for (const text of [SCRIPT, SCRIPT.replace("{}", '{"other":1}')]) {
    for (const file of LEFT_BEHIND.filter((name) => name.length < 200)) {
      await profile.write(`sensors/${file}`, text);
    }
    const { readings } = await sense(profile);
    assertEquals(readings.map(({ name, result }) => ({ name, result })), [
      { name: "mail", result: { ok: true, value: {} } },
    ]);
  }
  assertEquals(profile.warnings, []);
});

Deno.test("an identical copy of a sensor is none; a changed one, a link and one that is named otherwise are", async () => {
  await using profile = await tempProfile({ files: { "sensors/mail.sh": SCRIPT } });
  const names = () => listSensors(profile.paths.sensors).map(({ file }) => file);
  const copies = ["mail", "x1", "mail-copy.sh", "mail_2.sh", "sedabcdef"];
  for (const file of copies) await profile.write(`sensors/${file}`, SCRIPT);
  assertEquals(names(), ["mail.sh"]);
  const { ignored } = surveyDir(profile.paths.sensors);
  assertEquals(ignored.map(({ file }) => file), copies.toSorted());
  assertEquals(ignored[0].why, "sensors/mail is not a sensor: it is a copy of mail.sh");
  for (const file of copies) await Deno.remove(join(profile.paths.sensors, file));
  await profile.write("sensors/mail-2.sh", `${SCRIPT}# another\n`);
  await profile.write("sensors/inbox.sh", SCRIPT);
  await Deno.symlink("mail.sh", join(profile.paths.sensors, "mail-work.sh"));
  assertEquals(names(), ["inbox.sh", "mail.sh", "mail-2.sh", "mail-work.sh"]);
});

Deno.test("a tick reports what was meant as a sensor, and never runs a file without an interpreter", async () => {
  await using profile = await tempProfile();
  const { sensors } = profile.paths;
  const touch = `touch ${join(profile.root, "ran")}\necho '{}'\n`;
  await profile.write("sensors/plain.sh", touch);
  await profile.write("sensors/bare.py", `#!\n${touch}`);
  await profile.write("sensors/bom.sh", `\ufeff#!/bin/sh\n${touch}`);
  await profile.write("sensors/spaces.sh", `#!  \t\n${touch}`);
  await profile.write("sensors/closed.sh", SCRIPT, 0o600);
  assertEquals((await sense(profile)).readings, []);
  assertEquals(await Deno.stat(join(profile.root, "ran")).catch(() => null), null);
  const shebang = "begin it with a line such as #!/bin/sh";
  assertEquals(profile.warnings, [
    `sensors/bare.py is not a sensor: its first line names no interpreter; ${shebang}`,
    `sensors/bom.sh is not a sensor: it begins with a byte order mark instead of #!; ${shebang}`,
    `sensors/closed.sh is not a sensor: it is not executable; chmod 700 ${
      join(sensors, "closed.sh")
    }`,
    `sensors/plain.sh is not a sensor: its first line names no interpreter; ${shebang}`,
    `sensors/spaces.sh is not a sensor: its first line names no interpreter; ${shebang}`,
  ]);
  assertThrows(
    () => sensorNamed(profile, "closed"),
    Error,
    `sensors/closed.sh is not a sensor: it is not executable; chmod 700 ${
      join(sensors, "closed.sh")
    }`,
  );
});

Deno.test("listSensors() lists what cannot be a sensor with its problem", async () => {
  await using profile = await tempProfile({
    files: { "sensors/git.sh": SCRIPT, "sensors/git.ts": "" },
  });
  const { sensors } = profile.paths;
  await Deno.symlink("nowhere", join(sensors, "dangling.sh"));
  await Deno.symlink("user@host.1234", join(sensors, "mail.lock"));
  await Deno.symlink("loop.sh", join(sensors, "loop.sh"));
  await new Deno.Command("mkfifo", { args: [join(sensors, "fifo.sh")] }).output();
  await Deno.chmod(join(sensors, "fifo.sh"), 0o700);
  const listed = listSensors(sensors);
  assertEquals(Object.fromEntries(listed.map(({ name, problem }) => [name, problem])), {
    dangling: "sensors/dangling.sh is a dangling symlink",
    fifo: "sensors/fifo.sh is something that is not a file",
    loop: "sensors/loop.sh is a file that cannot be read",
    git: "git.sh and git.ts have the same sensor name; rename or remove one",
  });
});

Deno.test("listSensors() finds none where there is no directory", async () => {
  await using profile = await tempProfile();
  await Deno.remove(profile.paths.sensors);
  assertEquals(listSensors(profile.paths.sensors), []);
});
