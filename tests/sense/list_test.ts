import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { listSensors } from "../../src/sense/list.ts";
import { tempProfile } from "../support/temp_profile.ts";

Deno.test("listSensors() lists executables and .ts files by name, and nothing else", async () => {
  await using profile = await tempProfile({
    files: {
      "sensors/b.sh": "",
      "sensors/a": "",
      "sensors/.hidden.sh": "",
      "sensors/b.sh~": "",
      "sensors/.b.sh.swp": "",
      "sensors/b.sh.bak": "",
      "sensors/b.tmp": "",
      "sensors/lib/x.sh": "",
    },
  });
  await profile.write("sensors/c.ts", "", 0o600);
  await profile.write("sensors/README.md", "", 0o600);
  await profile.write("sensors/data.json", "", 0o600);
  const { sensors } = profile.paths;
  assertEquals(await listSensors(sensors), [
    { name: "a", file: "a", path: join(sensors, "a") },
    { name: "b", file: "b.sh", path: join(sensors, "b.sh") },
    { name: "c", file: "c.ts", path: join(sensors, "c.ts") },
  ]);
});

Deno.test("listSensors() lists what cannot be a sensor with its problem", async () => {
  await using profile = await tempProfile({
    files: { "sensors/git.sh": "", "sensors/git.ts": "", "sensors/Über Mich.sh": "" },
  });
  const { sensors } = profile.paths;
  await Deno.symlink("nowhere", join(sensors, "dangling.sh"));
  await Deno.symlink("loop.sh", join(sensors, "loop.sh"));
  await new Deno.Command("mkfifo", { args: [join(sensors, "fifo.sh")] }).output();
  await Deno.chmod(join(sensors, "fifo.sh"), 0o700);
  const listed = await listSensors(sensors);
  assertEquals(Object.fromEntries(listed.map(({ name, problem }) => [name, problem])), {
    dangling: "sensors/dangling.sh is a dangling symlink",
    fifo: "sensors/fifo.sh is something that is not a file",
    loop: "sensors/loop.sh is a file that cannot be read",
    git: "git.sh and git.ts have the same sensor name; rename or remove one",
    "ber-mich-sh-ff1655af": "its file name is not a sensor's: use a-z, 0-9, - and _, " +
      "begin with a letter or digit, at most 64 characters before the extension",
  });
});

Deno.test("listSensors() finds none where there is no directory", async () => {
  await using profile = await tempProfile();
  await Deno.remove(profile.paths.sensors);
  assertEquals(await listSensors(profile.paths.sensors), []);
});
