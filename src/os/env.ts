/** Environment variables by name. */
export type Environment = Record<string, string>;

/** Returns the value of an environment variable; an empty one counts as absent. */
export type Env = (name: string) => string | undefined;

/** Returns the environment of this process without `LD_*` and `DYLD_*`, which a scoped Deno refuses to pass on. */
export function systemEnvironment(): Environment {
  const all = Deno.env.toObject();
  for (const name of Object.keys(all)) {
    if (/^(LD|DYLD)_/.test(name)) delete all[name];
  }
  return all;
}

/**
 * Returns an environment whose `PATH` has absolute entries alone: an empty or relative one stands for a directory that
 * depends on where a program is looked up, such as one that workers write to. Without any, there is no `PATH`.
 */
export function withAbsolutePath(environment: Environment): Environment {
  const { PATH, ...rest } = environment;
  const absolute = (PATH ?? "").split(":").filter((dir) => dir.startsWith("/"));
  return absolute.length === 0 ? rest : { ...rest, PATH: absolute.join(":") };
}

/** Makes the reader of an environment. */
export function envOf(environment: Environment): Env {
  return (name) => Object.hasOwn(environment, name) && environment[name] || undefined;
}

/**
 * Unsets variables that children must not inherit: the limit of 2 malloc arenas of `bin/looop`, and `LD_*` and `DYLD_*`, with which
 * a scoped Deno refuses to start any program. Variables that affect Deno itself are unset by `bin/looop`.
 */
export function unsetOwnVariables(): void {
  for (const name of Object.keys(Deno.env.toObject())) {
    if (/^(LD|DYLD)_/.test(name)) Deno.env.delete(name);
  }
  if (Deno.env.get("MALLOC_ARENA_MAX") === "2") Deno.env.delete("MALLOC_ARENA_MAX");
}

/** Returns the platform, for bug reports: `deno 2.9.6, linux x86_64`. */
export function platform(): string {
  return `deno ${Deno.version.deno}, ${Deno.build.os} ${Deno.build.arch}`;
}

/** Returns Deno's name of the operating system: `linux`, `darwin`, `windows`, … */
export function operatingSystem(): string {
  return Deno.build.os;
}
