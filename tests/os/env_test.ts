import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { withAbsolutePath } from "../../src/os/env.ts";
import { denoDir, emptyHome } from "../support/looop.ts";

const MODULE = fromFileUrl(new URL("../../src/os/env.ts", import.meta.url));

/** What of an environment is left, in a process of its own. */
async function leftOf(env: Record<string, string>): Promise<Record<string, string>> {
  const code = `import { unsetOwnVariables } from "file://${MODULE}";
    unsetOwnVariables();
    console.log(JSON.stringify(Deno.env.toObject()));`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", code],
    env,
    clearEnv: true,
  }).output();
  const left: Record<string, string> = JSON.parse(new TextDecoder().decode(stdout));
  // Deno adds some of its own.
  return Object.fromEntries(Object.entries(left).filter(([name]) => name in env));
}

Deno.test("unsetOwnVariables takes the loader's variables, and malloc's as the launcher sets it, not as a person does", async () => {
  await using home = await emptyHome();
  const env = { HOME: home.dir, DENO_DIR: denoDir(), NO_COLOR: "1" };
  const loader = { LD_LOOOP_TEST: "x", DYLD_LOOOP_TEST: "x", OLD_LD_X: "kept" };
  assertEquals(await leftOf({ ...env, ...loader, MALLOC_ARENA_MAX: "2" }), {
    ...env,
    OLD_LD_X: "kept",
  });
  assertEquals(await leftOf({ ...env, MALLOC_ARENA_MAX: "5" }), { ...env, MALLOC_ARENA_MAX: "5" });
});

for (
  const [path, left] of [
    ["/usr/bin:/bin", "/usr/bin:/bin"],
    [":/usr/bin", "/usr/bin"],
    ["/usr/bin:", "/usr/bin"],
    ["/a::/b", "/a:/b"],
    [".:./bin:bin:../x:~/bin:/a b", "/a b"],
    ["$HOME/bin:/bin", "/bin"],
    [".", undefined],
    ["", undefined],
    [undefined, undefined],
  ]
) {
  Deno.test(`withAbsolutePath makes ${left} of the PATH ${path}`, () => {
    const environment = { HOME: "/h", ...(path === undefined ? {} : { PATH: path }) };
    const expected = { HOME: "/h", ...(left === undefined ? {} : { PATH: left }) };
    assertEquals(withAbsolutePath(environment), expected);
  });
}
