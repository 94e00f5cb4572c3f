import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { program, soundProfile, wrong } from "./examine.ts";

/** What a `ps` prints that cannot list processes as looop needs it, and what doctor says of it. */
const POOR_PS: Record<string, [script: string, found: string]> = {
  "BusyBox's": [
    "echo \"ps: unrecognized option: ${1-}\" >&2; echo 'BusyBox v1.36.1 multi-call binary.' >&2; exit 1",
    "cannot list processes with ps: ps: unrecognized option: axeww",
  ],
  "one that fails silently": ["exit 64", "cannot list processes with ps: status 64"],
  "one that does not know lstart": [
    "[ $# = 1 ] || { echo 'ps: bad -o argument lstart' >&2; exit 1; }; echo ps 1.0",
    "cannot list processes with ps: ps: bad -o argument lstart",
  ],
};

for (const [what, [script, found]] of Object.entries(POOR_PS)) {
  Deno.test(`doctor fails for a ps that is ${what}`, async () => {
    await using profile = await soundProfile();
    await program(profile, "ps", script);
    const fix = "install that of procps (apk add procps, apt install procps, dnf install procps)";
    assertEquals((await wrong(profile)).filter(([check]) => check === "ps"), [
      ["ps", "fail", found, fix],
    ]);
  });
}

Deno.test("doctor fails for a ps that lists no process", async () => {
  await using profile = await soundProfile();
  await program(profile, "ps", "[ $# = 1 ] && echo ps 1.0; exit 0");
  const path = join(profile.root, "bin", "ps");
  assertEquals((await wrong(profile)).filter(([check]) => check === "ps"), [
    ["ps", "fail", `ps 1.0 at ${path} lists no process: no worker can start`, null],
  ]);
});
