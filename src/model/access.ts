import * as z from "zod/mini";

/** What a command, a sensor or a worker may do beyond reading files; without a sandbox only `env` has a meaning. */
export interface Access {
  /** It has the network. */
  network: boolean;
  /** Absolute paths that it may write to. */
  write: string[];
  /** Names of environment variables that it gets beyond the usual ones. */
  env: string[];
}

/** What it has where nothing says otherwise: it reads. */
export const NO_ACCESS: Access = { network: false, write: [], env: [] };

/** Checks an access in a file; a missing one is {@linkcode NO_ACCESS}. */
export const accessSchema: z.ZodMiniType<Access> = z.strictObject({
  network: z._default(z.boolean(), false),
  write: z._default(z.array(z.string()), []),
  env: z._default(z.array(z.string()), []),
});
