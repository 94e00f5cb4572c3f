import { runCli, stoppedCode } from "./src/cli/main.ts";
import { unsetOwnVariables } from "./src/os/env.ts";
import { isTerminalHandedOver, systemTerminal } from "./src/os/terminal.ts";

/** Deno refuses to listen for signals that Windows lacks. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGHUP", "SIGINT"]
  : ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"];

/** Runs the command line and exits with its status. */
export async function main(): Promise<never> {
  unsetOwnVariables();
  const stop = new AbortController();
  for (const name of SIGNALS) {
    Deno.addSignalListener(name, () => {
      if ((name === "SIGINT" || name === "SIGQUIT") && isTerminalHandedOver()) return;
      // The second signal does not wait for an orderly end.
      if (stop.signal.aborted) Deno.exit(stoppedCode(name));
      stop.abort(name);
    });
  }
  const terminal = systemTerminal(() => stop.abort("SIGPIPE"));
  Deno.exit(await runCli(Deno.args, terminal, stop.signal));
}

if (import.meta.main) await main();
