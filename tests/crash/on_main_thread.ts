/**
 * Loaded before looop, it has looop make its file calls on Deno's main thread, in the order in which it asks for
 * them: strace counts calls by thread, and Deno spreads them over a pool. The calls themselves stay the same.
 *
 * @module
 */

const file = Deno.FsFile.prototype;

Object.assign(Deno, {
  open: waiting(Deno.openSync),
  mkdir: waiting(Deno.mkdirSync),
  rename: waiting(Deno.renameSync),
  remove: waiting(Deno.removeSync),
  link: waiting(Deno.linkSync),
  stat: waiting(Deno.statSync),
  lstat: waiting(Deno.lstatSync),
  readFile: waiting(Deno.readFileSync),
  readTextFile: waiting(Deno.readTextFileSync),
});
Object.assign(file, {
  write: waiting(file.writeSync),
  read: waiting(file.readSync),
  seek: waiting(file.seekSync),
  stat: waiting(file.statSync),
  sync: waiting(file.syncSync),
  truncate: waiting(file.truncateSync),
});

/** Makes of a function that blocks one that gives a promise, as its namesake without `Sync` does. */
function waiting<This, Args extends unknown[], Result>(
  call: (this: This, ...args: Args) => Result,
): (this: This, ...args: Args) => Promise<Result> {
  // deno-lint-ignore require-await -- what it throws is to be a rejection
  return async function (...args) {
    return call.apply(this, args);
  };
}
