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
