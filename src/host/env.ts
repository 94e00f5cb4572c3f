/** Environment variables by name. */
export type Environment = Record<string, string>;

/** Reads one environment variable; an empty one counts as absent. */
export type Env = (name: string) => string | undefined;

const LOADER = /^(LD|DYLD)_/;

/** This process's environment but for `LD_*` and `DYLD_*`, which a scoped Deno refuses to pass on. */
export function systemEnvironment(): Environment {
  const all = Deno.env.toObject();
  for (const name of Object.keys(all)) {
    if (LOADER.test(name)) delete all[name];
  }
  return all;
}

/** Names of what {@linkcode systemEnvironment} leaves out. */
export function loaderVariables(): string[] {
  return Object.keys(Deno.env.toObject()).filter((name) => LOADER.test(name)).sort();
}

/** Reads single variables of an environment. */
export function envOf(environment: Environment): Env {
  return (name) => Object.hasOwn(environment, name) && environment[name] || undefined;
}
