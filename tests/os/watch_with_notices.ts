/**
 * Watches a directory with the kernel's notices, in a process of its own, since a FIFO blocks these for all that is in one.
 * Prints how many milliseconds after each line of stdin it saw a change, and whether notices still come.
 *
 *     deno run -A watch_with_notices.ts FOLDER
 *
 * @module
 */

import { Notices, Watch } from "../../src/os/watch.ts";

const [dir] = Deno.args;
using notices = new Notices([dir]);
const watch = new Watch([dir], notices);
const { signal } = new AbortController();
console.log("ready");
while (true) {
  await watch.changed(signal);
  console.log(JSON.stringify({ at: Date.now(), come: notices.arrive }));
}
