import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { listAsks } from "../../src/inbox/asks.ts";
import { readGoals, readSchedules } from "../../src/sense/documents.ts";
import { sense } from "../../src/sense/sense.ts";
import { messageNames, workerFiles } from "../../src/workers/files.ts";
import { tempProfile } from "../support/temp_profile.ts";

Deno.test("of the files that a worker without a sandbox left in asks/, goals/, schedules/, sensors/ and messages/, some hundreds are read", async () => {
  await using profile = await tempProfile({ history: false });
  const { paths, warnings } = profile;
  const { messages } = workerFiles(paths, "fix");
  const script = `mkdir -p "$1" && cd "$1" && seq -f "%05g$2" 6000 | xargs touch --`;
  for (
    const [dir, end] of [
      [paths.asks, ".json"],
      [paths.goals, ".md"],
      [paths.schedules, ".yaml"],
      [paths.sensors, ".sh"],
      [messages, ".json"],
    ]
  ) {
    const args = ["-c", script, "bash", dir, end];
    assertEquals((await new Deno.Command("bash", { args }).output()).code, 0);
  }
  const { asks, broken } = await listAsks(profile);
  assertEquals([asks, broken.length], [[], 22]);
  assertEquals(broken[0], "asks/ has more than 300 files, of which 300 are read");
  assertMatch(broken[21], /^2\d\d more files in asks\/ are not asks$/);
  const read = [await readGoals(profile), await readSchedules(profile)];
  assertEquals(read.map(({ length }) => length > 400 && length <= 500), [true, true]);
  assertEquals((await messageNames({ messages })).length, 200);
  warnings.length = 0;
  const { goals, readings } = await sense(profile);
  assertEquals([goals.length, readings.length], [read[0].length, 0]);
  for (const name of ["goals", "schedules", "sensors"]) {
    const warning = `${name}/ has more than 500 files, of which 500 are read`;
    assertEquals(warnings.filter((one) => one === warning), [warning]);
  }
});

Deno.test("listAsks reads no ask of more than 16 MiB", async () => {
  await using profile = await tempProfile({ history: false });
  await Deno.writeTextFile(join(profile.paths.asks, "big.json"), "{}");
  await Deno.truncate(join(profile.paths.asks, "big.json"), 100e9);
  assertEquals((await listAsks(profile)).broken, [
    "asks/big.json is not an ask: it has 100000000000 bytes; the limit is 16777216",
  ]);
});
