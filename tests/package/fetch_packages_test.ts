import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { copyProgram } from "../support/copy_program.ts";

const LAUNCHER = fromFileUrl(import.meta.resolve("../../bin/looop"));

/** A deno that logs its arguments, one call a line; `install` works if `online` or `cached` is beside it. */
const DENO = `#!/bin/sh
dir=\${0%/*}
echo "$*" >>"$dir/calls"
case "$*" in
*--cached-only*) [ -e "$dir/cached" ] ;;
install*) [ -e "$dir/online" ] || { echo "error: failed to fetch" >&2; exit 1; }; touch "$dir/cached" ;;
*) echo started ;;
esac
`;

Deno.test("launcher fetches all packages once, with one line, before anything starts, and is quiet and offline after", async () => {
  const root = await Deno.makeTempDir({ prefix: "looop-fetch-" });
  await using _ = { [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }) };
  await Deno.mkdir(join(root, "bin"));
  await copyProgram(LAUNCHER, join(root, "bin", "looop"));
  for (const name of ["deno.json", "deno.lock"]) await Deno.writeTextFile(join(root, name), "{}");
  const program = join(root, "deno");
  await Deno.writeTextFile(program, DENO, { mode: 0o700 });
  const start = async (args: string[], env = {}) => {
    const { code, stdout, stderr } = await new Deno.Command(join(root, "bin", "looop"), {
      args,
      cwd: root,
      clearEnv: true,
      env: { HOME: root, TMPDIR: root, PATH: Deno.env.get("PATH")!, LOOOP_DENO: program, ...env },
    }).output();
    const calls = (await Deno.readTextFile(join(root, "calls"))).trimEnd().split("\n");
    await Deno.remove(join(root, "calls"));
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return {
      ...{ code, stdout: text(stdout), stderr: text(stderr) },
      calls: calls.map((call) => call.split(" ").slice(0, 2).join(" ")),
    };
  };

  const offline = await start(["status"]);
  assertEquals([offline.code, offline.stdout], [1, ""]);
  assertEquals(
    offline.stderr,
    "looop: fetching its packages, once\nerror: failed to fetch\n" +
      "looop: cannot fetch its packages; connect to the network, and run the same command again\n",
  );
  await Deno.writeTextFile(join(root, "online"), "");
  const first = await start(["status"]);
  assertEquals([first.code, first.stdout], [0, "started\n"]);
  assertEquals(first.stderr, "looop: fetching its packages, once\n");
  assertEquals(first.calls, ["install --entrypoint", "install --entrypoint", "run --quiet"]);

  await Deno.remove(join(root, "online"));
  for (const args of [[], ["logs", "w1"], ["watch"]]) {
    const { code, stderr, calls } = await start(args);
    assertEquals([code, stderr, calls], [0, "", ["run --quiet"]]);
  }
  // An update of looop may need other packages; these are there.
  await Deno.writeTextFile(join(root, "deno.lock"), '{"version": "5"}');
  const updated = await start(["status"]);
  assertEquals([updated.code, updated.stderr], [0, ""]);
  assertEquals(updated.calls, ["install --entrypoint", "run --quiet"]);
  assertEquals((await start(["status"])).calls, ["run --quiet"]);
  // Another cache has nothing yet.
  await Deno.remove(join(root, "cached"));
  assertEquals((await start(["status"], { DENO_DIR: join(root, "other") })).code, 1);
  assertEquals((await start(["status"])).code, 0);
});
