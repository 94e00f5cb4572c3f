import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { refuseWindows } from "../../src/profile/profile.ts";
import { UserError } from "../../src/schema/errors.ts";
import { checkout, denoDir, emptyHome } from "../support/looop.ts";

const REFUSED = "cannot run on Windows: looop needs bash, tmux and POSIX signals; " +
  "install WSL (wsl --install), and looop inside it";

Deno.test("refuseWindows refuses Windows alone", () => {
  for (const system of ["linux", "darwin", "freebsd", ""]) refuseWindows(system);
  assertThrows(() => refuseWindows("windows"), UserError, REFUSED);
});

Deno.test("looop on Windows: what needs a profile is refused at once, what needs none works", async () => {
  await using home = await emptyHome();
  // All that looop sees of Windows: Deno's word for it, and that it listens for two signals.
  const windows = join(home.dir, "windows.ts");
  await Deno.writeTextFile(
    windows,
    `const listen = Deno.addSignalListener;
     Object.defineProperty(Deno, "build", { value: { ...Deno.build, os: "windows" } });
     Deno.addSignalListener = (name, handler) => {
       if (name !== "SIGHUP" && name !== "SIGINT") throw new TypeError("no such signal: " + name);
       listen(name, handler);
     };`,
  );
  const main = join(checkout, "main.ts");
  const run = async (args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--config",
        join(checkout, "deno.json"),
        "--preload",
        windows,
        main,
        ...args,
      ],
      env: { ...home.env, DENO_DIR: denoDir() },
      clearEnv: true,
      cwd: home.dir,
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  };
  for (const args of [[], ["tick"], ["status"], ["up"], ["start-session", "a", "b"]]) {
    assertEquals(await run(args), { code: 1, stdout: "", stderr: `looop: ${REFUSED}\n` });
  }
  assertEquals(
    await Array.fromAsync(Deno.readDir(home.dir), ({ name }) => name),
    ["windows.ts"],
  );
  assertStringIncludes((await run(["version"])).stdout, "windows x86_64");
  assertStringIncludes((await run(["help", "environment"])).stdout, "On Windows it runs in WSL");
  assertEquals((await run(["completions", "bash"])).code, 0);
});
