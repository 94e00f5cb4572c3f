import { assert, assertEquals } from "@std/assert";
import { catalogueProfile, readingOf, resultOf, signalOf } from "./catalogue_profile.ts";

Deno.test("command gives the exit status, and the last lines of both outputs as detail", async () => {
  const command = `command=echo "it's \\"\\$HOME\\""; echo '$& \\' >&2; pwd; exit 3`;
  await using profile = await catalogueProfile("command", [command]);
  const reading = await readingOf(profile);
  assertEquals(reading.trusted, false);
  assertEquals(reading.result, {
    ok: true,
    value: {
      signal: { exit: 3 },
      detail: { output: `it's "$HOME"\n$& \\\n${profile.paths.dataDir}` },
    },
  });
});

Deno.test("command is trusted, and gets an environment variable, where its settings say so", async () => {
  const set = ["command=printenv A B; true", "trust=trusted", "env=A,B", "interval=7"];
  await using profile = await catalogueProfile("command", set, { env: { A: "a", B: "b", C: "c" } });
  const { trusted, result } = await readingOf(profile);
  assertEquals({ trusted, result }, {
    trusted: true,
    result: { ok: true, value: { signal: { exit: 0 }, detail: { output: "a\nb" } } },
  });
  assert((await profile.read("sensors/s.sh")).includes(
    "\n# looop: interval=7 timeout=50 trust=trusted env=A,B\n",
  ));
});

Deno.test("command's signal changes with the output only where it is watched", async () => {
  const command = "command=cat said";
  for (const [watched, changes] of [["no", false], ["yes", true]] as const) {
    await using profile = await catalogueProfile("command", [command, `watch_output=${watched}`], {
      files: { said: "one" },
    });
    const before = await signalOf(profile);
    assertEquals(await signalOf(profile), before);
    await profile.write("said", "two");
    assertEquals(JSON.stringify(await signalOf(profile)) !== JSON.stringify(before), changes);
  }
});

Deno.test("command keeps what it prints valid and small, whatever a program prints", async () => {
  const all = new Uint8Array(300_000).map((_, i) => i % 256);
  await using profile = await catalogueProfile("command", [
    "command=cat bytes; printf '\\n\\033[31mred\\033[0m\\t\\303\\244\\n'; exit 255",
    "watch_output=yes",
  ]);
  await profile.write("bytes", all);
  const { result, bytes } = await readingOf(profile);
  assert(result.ok, JSON.stringify(result));
  assert(bytes < 5000, `${bytes} bytes`);
  const { signal, detail } = result.value as {
    signal: { exit: number; digest: string };
    detail: { output: string };
  };
  assertEquals(signal.exit, 255);
  assert(/^[0-9a-f]{16}$/.test(signal.digest), signal.digest);
  assertEquals(detail.output.split("\n").at(-1), "red\tä");
  await profile.write("bytes", new TextEncoder().encode('"\\'.repeat(50_000)));
  const heavy = await readingOf(profile);
  assert(heavy.result.ok && heavy.bytes < 8192, `${heavy.bytes} bytes`);
});

Deno.test("command that is not found is an exit status like any other", async () => {
  await using profile = await catalogueProfile("command", ["command=no-such-program-here"]);
  const { signal, detail } = await resultOf(profile) as {
    signal: unknown;
    detail: { output: string };
  };
  assertEquals(signal, { exit: 127 });
  assert(detail.output.endsWith("no-such-program-here: command not found"), detail.output);
});

Deno.test("command that takes too long fails, and is ended with all it started", async () => {
  await using profile = await catalogueProfile("command", [
    "command=sleep 600 & echo $! > pid; echo said; wait",
    "limit_s=1",
  ]);
  assertEquals(
    await resultOf(profile),
    "it exited with status 1: command: no end within 1 s: raise LIMIT_S (at most 45), or make the command faster",
  );
  const pid = Number(await profile.read("pid"));
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "stat=", "-p", `${pid}`] })
    .output();
  const state = new TextDecoder().decode(stdout).trim();
  assert(state === "" || state.startsWith("Z"), state);
});
