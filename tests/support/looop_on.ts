import type { CliEnd } from "./cli_on.ts";
import { spawnLooop } from "./looop.ts";
import type { TempProfile } from "./temp_profile.ts";

/** A process of looop on a temporary profile, as the launcher starts it; killed at the end of the test. */
export interface LooopProcess extends AsyncDisposable {
  kill(signal: Deno.Signal): void;
  end: Promise<CliEnd>;
}

/** Starts one, inside the worker that `worker` names; `input` is what stdin holds. */
export function looopOn(
  profile: TempProfile,
  args: string[],
  { worker, input }: { worker?: string; input?: string } = {},
): LooopProcess {
  const env = {
    ...profile.environment as Record<string, string>,
    TMPDIR: profile.root,
    LOOOP_DATA_DIR: profile.paths.dataDir,
    LOOOP_CONFIG: profile.configPath,
    ...worker === undefined ? {} : { LOOOP_SESSION_ID: worker },
  };
  const child = spawnLooop(args, { env, stdin: input === undefined ? "null" : "piped" });
  const fed = input === undefined
    ? Promise.resolve()
    : new Response(input).body!.pipeTo(child.stdin);
  const end = Promise.all([child.output(), fed]).then(([{ code, stdout, stderr }]) => ({
    status: code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
  }));
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // It has ended.
    }
  };
  return {
    kill,
    end,
    async [Symbol.asyncDispose]() {
      kill("SIGKILL");
      await end;
    },
  };
}
