import { assert } from "@std/assert";
import { compareIdleTicks } from "../bench/full_directories.ts";

Deno.test("an idle tick costs little more where a worker left 60,000 files in claims/ and in reports/", async () => {
  const { cpu, memory } = await compareIdleTicks({ claims: 60_000, reports: 60_000 }, 3);
  const [cpuRatio, memoryRatio] = [cpu.ratio.median, memory.ratio.median];
  const figures = `${cpuRatio.toFixed(2)} × the CPU, ${memoryRatio.toFixed(2)} × the memory`;
  console.log(`an idle tick with full directories: ${figures} of an empty profile`);
  assert(cpuRatio < 2 && memoryRatio < 1.2, figures);
});
