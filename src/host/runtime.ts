/** What runs looop. */
export interface Runtime {
  /** Deno's version, such as `2.9.6`. */
  version: string;
  /** The program: Deno, or looop itself where that is compiled. */
  path: string;
  /** looop is a program of its own, with Deno in it. */
  compiled: boolean;
}

/** Tells what runs this looop. */
export function runtime(): Runtime {
  const { deno: version } = Deno.version;
  return { version, path: Deno.execPath(), compiled: Deno.build.standalone };
}
