import type { Environment } from "./env.ts";

let lent = 0;

/** Tells whether a program has the terminal just now: then Ctrl-C, which reaches looop too, is meant for that one. */
export function isTerminalLent(): boolean {
  return lent > 0;
}

/** Hands the terminal over to a program until it ends, and gives its exit status. */
export async function runInTerminal(argv: string[], env: Environment): Promise<number> {
  const { default: $ } = await import("@david/dax");
  lent++;
  try {
    const { code } = await $`bash -p -c ${`exec -- "$@"`} looop ${argv}`
      .clearEnv().env(env).stdin("inherit").stdout("inherit").stderr("inherit").noThrow();
    return code;
  } finally {
    lent--;
  }
}
