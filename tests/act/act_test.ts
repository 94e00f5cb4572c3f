import { assertEquals } from "@std/assert";
import { runCommand } from "../../src/act/act.ts";
import { NO_ACCESS } from "../../src/schema/config.ts";
import { tempProfile } from "../support/temp_profile.ts";

/** Neither simple nor allowed anything. */
const BASH = { argv: null, access: NO_ACCESS };

Deno.test("runCommand starts a simple command without a shell, all others in bash", async () => {
  await using profile = await tempProfile({ env: { BASH_ENV: "/nowhere" } });
  const argv = ["printf", "%s|", "a b", "$HOME", "*"];
  assertEquals(await runCommand(profile, "ignored", { argv, access: NO_ACCESS }), {
    exit_code: 0,
    output_tail: "a b|$HOME|*|",
    paths: [],
    status: "made",
    summary: "exit 0",
  });
  const { exit_code, output_tail } = await runCommand(
    profile,
    `echo "$PWD"; echo no >&2; exit 3`,
    BASH,
  );
  // Two pipes, either of which may be read first.
  assertEquals([exit_code, output_tail?.split("\n").sort()], [3, [profile.paths.dataDir, "no"]]);
});

Deno.test("runCommand keeps the last 2,048 characters, without control sequences", async () => {
  await using profile = await tempProfile();
  const { output_tail = "" } = await runCommand(
    profile,
    `seq 1 5000; printf '\\e[31mrüt\\e[0m\\a\\r\\n\\tend\\0'`,
    BASH,
  );
  assertEquals([output_tail.length, output_tail.slice(-15)], [
    2048,
    "\n4999\n5000\nrüt\n\tend".slice(-15),
  ]);
});

Deno.test("runCommand that is stopped is interrupted", async () => {
  await using profile = await tempProfile();
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 50);
  const { status, summary } = await runCommand(profile, "sleep 60", BASH, stop.signal);
  assertEquals([status, summary], ["interrupted", "was stopped before it ended"]);
});
