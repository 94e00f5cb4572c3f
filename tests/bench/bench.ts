/**
 * Measures what looop costs beside the sensors and the model that it calls, and whether that grows with its history.
 * Each figure is a ratio to a floor that is measured in turns with it; exit status 1 when one is not what it must be,
 * or could not be measured.
 *
 *     deno run -A tests/bench/bench.ts [--quick] [--json FILE] [row…]
 *
 * A process of its own measures, so that this one can clear up behind it, however it ends.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { endStartedIn } from "./end_started_in.ts";

const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "bench_" }));
let clearing: Promise<void> | undefined;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.addSignalListener(signal, async () => {
    await clearUp();
    Deno.exit(130);
  });
}
const measuring = new Deno.Command(Deno.execPath(), {
  args: ["run", "--allow-all", fromFileUrl(new URL("measure.ts", import.meta.url)), ...Deno.args],
  env: { TMPDIR: dir, BENCH_DIR: dir },
}).spawn();
const { code } = await measuring.status;
await clearUp();
Deno.exit(code);

/** Both a signal and the end of the measuring, which it causes, lead here. */
function clearUp(): Promise<void> {
  return clearing ??= endStartedIn(dir).then(() => Deno.remove(dir, { recursive: true }));
}
