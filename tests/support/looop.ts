import { fromFileUrl, join } from "@std/path";

/** The checkout. */
export const checkout = fromFileUrl(new URL("../..", import.meta.url));

/** What a run of looop gave. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** The command that starts looop as its users do: through the launcher, with its permissions and no more. */
export const launcher = join(checkout, "bin", "looop");

/** Runs looop to its end, in an environment of its own. */
export async function looop(
  args: string[],
  { env, cwd = env.HOME, stdin = "" }: {
    env: Record<string, string>;
    cwd?: string;
    stdin?: string;
  },
): Promise<Ran> {
  const child = spawnLooop(args, { env, cwd, stdin: "piped" });
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  return {
    code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
  };
}

/** Starts looop and leaves it running. */
export function spawnLooop(
  args: string[],
  { env, cwd = env.HOME, stdin = "null" }: {
    env: Record<string, string>;
    cwd?: string;
    stdin?: "null" | "piped";
  },
): Deno.ChildProcess {
  return new Deno.Command(launcher, {
    args,
    cwd,
    env: { ...env, LOOOP_DENO: Deno.execPath(), DENO_DIR: denoDir() },
    clearEnv: true,
    stdin,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** The packages that this test run has already fetched. */
export function denoDir(): string {
  return Deno.env.get("DENO_DIR") ??
    join(Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`, "deno");
}

/** A home with nothing in it, and the environment that points there. */
export interface EmptyHome extends AsyncDisposable {
  dir: string;
  dataDir: string;
  env: Record<string, string>;
}

/** Makes a home that is removed with `await using`, once its workers have been ended. */
export async function emptyHome(more: Record<string, string> = {}): Promise<EmptyHome> {
  const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "looop-home-" }));
  const dataDir = join(dir, ".local", "state", "looop");
  const env = {
    PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
    HOME: dir,
    TMPDIR: dir,
    LANG: "C.UTF-8",
    ...more,
  };
  return {
    dir,
    dataDir,
    env,
    async [Symbol.asyncDispose]() {
      // With no LLM installed, a first tick starts the worker that sets looop up.
      const hasWorkers = await Deno.stat(join(dataDir, "workers")).then(() => true, () => false);
      if (hasWorkers) await looop(["down", "--workers"], { env });
      await Deno.remove(dir, { recursive: true });
    },
  };
}
