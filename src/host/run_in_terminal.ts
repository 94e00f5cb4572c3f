import type { Environment } from "./env.ts";

/** Hands the terminal over to a program until it ends, and gives its exit status. */
export async function runInTerminal(argv: string[], env: Environment): Promise<number> {
  const { default: $ } = await import("@david/dax");
  const { code } = await $`bash -p -c ${`exec -- "$@"`} looop ${argv}`
    .clearEnv().env(env).stdin("inherit").stdout("inherit").stderr("inherit").noThrow();
  return code;
}
