/** A folder of looop's own among the temporary ones. */
export interface TempFolder extends AsyncDisposable {
  /** Its absolute path. */
  path: string;
}

/** Makes a temporary folder that nobody else can look into; `await using` removes it. */
export async function tempFolder(): Promise<TempFolder> {
  const path = await Deno.makeTempDir({ prefix: "looop-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
