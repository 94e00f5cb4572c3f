import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { runAs } from "../support/run_as.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { within } from "../support/within.ts";
import { mkfifo, read, repository } from "./reads.ts";

Deno.test("runCommand limits the CPU, memory, output, files and time of a command that only reads", async () => {
  await using profile = await tempProfile();
  const { dataDir } = profile.paths;
  const huge = await Deno.open(join(dataDir, "reports/huge.md"), { create: true, write: true });
  await huge.truncate(2 ** 40);
  huge.close();
  const site = join(profile.root, "site");
  await repository(site);
  await mkfifo(join(site, ".git/refs/heads/fifo"));
  const start = (...argv: string[]) => runAs(profile, argv, { reads: [] });
  const [flood, memory, limits, write, fifo] = await within(
    "five commands, of which most never end",
    Promise.all([
      read(profile, "cat reports/huge.md"),
      start("tail", "/dev/zero"),
      start("bash", "-c", "ulimit -t; ulimit -v; ulimit -f; ulimit -c"),
      start("bash", "-c", "echo x > reports/a.md"),
      read(profile, `git -C '${site}' branch`),
    ]),
  );
  assertEquals([flood.status, flood.summary], [
    "made",
    "was killed after 16777216 bytes of output",
  ]);
  assertEquals([memory.exit_code, memory.output_tail], [1, "tail: memory exhausted"]);
  assertEquals(limits.output_tail, "30\n524288\n0\n0");
  assertEquals([write.exit_code, await profile.read("reports/a.md")], [1, ""]);
  assertEquals([fifo.status, fifo.summary], ["made", "was killed after 30 s"]);
});
