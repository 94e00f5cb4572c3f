/** Starts a Deno of its own on a piece of code that may import from `src/` as `@src/…`. */
export function startDeno(code: string): Deno.ChildProcess {
  const root = new URL("../../", import.meta.url).href;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  return new Deno.Command(Deno.execPath(), {
    args: ["eval", "--config", config, code.replaceAll("@src/", `${root}src/`)],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
}
