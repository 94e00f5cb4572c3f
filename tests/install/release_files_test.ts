import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { programName, TARGETS } from "../../tools/targets.ts";
import { checkout } from "../support/looop.ts";
import { machine } from "./machine.ts";
import { type Answer, releaseServer } from "./release_server.ts";

Deno.test("release files: packed programs, checksums, and an install script that knows where they are", async () => {
  await using here = await machine();
  const dir = join(here.home, "dist");
  await Deno.mkdir(dir);
  for (const target of Object.keys(TARGETS)) {
    const program = `#!/bin/sh\necho looop 0.3.0 ${target}\n`;
    await Deno.writeTextFile(join(dir, programName(target)), program);
  }
  await Deno.mkdir(join(dir, "looop/bin"), { recursive: true });
  await Deno.writeTextFile(join(dir, "looop/bin/looop"), "#!/bin/sh\necho portable\n");
  await Deno.writeTextFile(join(dir, "looop/looop.js"), "");
  const { code, stderr } = await new Deno.Command(join(checkout, "tools/release_files.sh"), {
    args: [dir, "someone/looop"],
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  const names = (await Array.fromAsync(Deno.readDir(dir), ({ name }) => name)).sort();
  assertEquals(names, [
    ...["SHA256SUMS", "install.sh", "looop-linux-arm64.gz", "looop-linux-x64.gz"],
    ...["looop-macos-arm64.gz", "looop-macos-x64.gz", "looop-windows-x64.exe"],
    "looop.tar.gz",
  ]);
  const sums = await Deno.readTextFile(join(dir, "SHA256SUMS"));
  assertEquals(sums.trim().split("\n").map((line) => line.slice(66)), names.slice(1));
  await new Deno.Command("tar", {
    args: ["-xzf", join(dir, "looop.tar.gz"), "-C", here.home],
  }).output();
  const portable = await new Deno.Command(join(here.home, "looop/bin/looop")).output();
  assertEquals(new TextDecoder().decode(portable.stdout), "portable\n");
  const unpacked = Deno.readDir(join(here.home, "looop"));
  assertEquals((await Array.fromAsync(unpacked, ({ name }) => name)).sort(), ["bin", "looop.js"]);

  const script = await Deno.readTextFile(join(dir, "install.sh"));
  const lines = (await Deno.readTextFile(join(checkout, "install.sh"))).split("\n");
  assertEquals(
    script.split("\n").filter((line, at) => line !== lines[at]),
    ["releases=https://github.com/someone/looop/releases"],
  );
  const files: Record<string, Answer> = {};
  for (const name of names) {
    files[`latest/download/${name}`] = await Deno.readFile(join(dir, name));
  }
  await using server = releaseServer(files);
  const installed = await here.install({ LOOOP_BASE_URL: server.url }, ["dash"], script);
  assertEquals([installed.code, installed.stderr], [0, ""]);
  assertStringIncludes(installed.stdout, "looop 0.3.0 linux-x64\n");
});
