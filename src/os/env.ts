/** Environment variables by name. */
export type Environment = Record<string, string>;

/** Reads one environment variable; an empty one counts as absent. */
export type Env = (name: string) => string | undefined;

/** This process's environment but for `LD_*` and `DYLD_*`, which a scoped Deno refuses to pass on. */
export function systemEnvironment(): Environment {
  const all = Deno.env.toObject();
  for (const name of Object.keys(all)) {
    if (/^(LD|DYLD)_/.test(name)) delete all[name];
  }
  return all;
}

/** Reads single variables of an environment. */
export function envOf(environment: Environment): Env {
  return (name) => Object.hasOwn(environment, name) && environment[name] || undefined;
}

/** How many arenas of malloc `bin/looop` grants looop itself. */
const LAUNCHERS_ARENAS = "2";

/**
 * Unsets what was meant for this process alone: `bin/looop`'s limit on malloc, and `LD_*` and `DYLD_*`, since a
 * scoped Deno refuses to start any program while one of them is set. `bin/looop` unsets before Deno starts what would
 * change Deno itself.
 */
export function unsetOwnVariables(): void {
  for (const name of Object.keys(Deno.env.toObject())) {
    if (/^(LD|DYLD)_/.test(name)) Deno.env.delete(name);
  }
  // Read when this process began; what it starts may have as many arenas as it likes.
  if (Deno.env.get("MALLOC_ARENA_MAX") === LAUNCHERS_ARENAS) Deno.env.delete("MALLOC_ARENA_MAX");
}
