import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { STATIC_SCOPE } from "../../src/os/env.ts";
import { checkout } from "../support/looop.ts";

Deno.test("STATIC_SCOPE is what the launcher allows, but for the directories to write to", async () => {
  const launcher = await Deno.readTextFile(join(checkout, "bin/looop"));
  const [, programs] = /^for program in (.+); do$/m.exec(launcher)!;
  const flags = [...launcher.matchAll(/ (--allow-[a-z]+(=[a-z,]+)?)(?= )/g)].map(([, flag]) =>
    flag
  );
  const dynamic = ["--allow-write", `--allow-run=${programs.replaceAll(" ", ",")}`];
  assertEquals(
    STATIC_SCOPE.filter((flag) => flag.startsWith("--allow-")).sort(),
    [...flags, ...dynamic].sort(),
  );
});
