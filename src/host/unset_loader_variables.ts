/**
 * Unsets `LD_*` and `DYLD_*`, since a scoped Deno refuses to start any program while one of them is set. `bin/looop`
 * does so before Deno starts; a compiled looop has nothing that runs before it.
 */
export function unsetLoaderVariables(): void {
  for (const name of Object.keys(Deno.env.toObject())) {
    if (/^(LD|DYLD)_/.test(name)) Deno.env.delete(name);
  }
}
