import { runCli, stoppedCode } from "./src/cli/main.ts";
import { unsetOwnVariables } from "./src/os/env.ts";
import { isTerminalHandedOver, systemTerminal } from "./src/os/terminal.ts";

/** Deno refuses to listen for signals that Windows lacks. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGHUP", "SIGINT"]
  : ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"];

/** Runs the command line and exits with its status; after Ctrl-C it dies of the signal. */
export async function main(): Promise<never> {
  unsetOwnVariables();
  const stop = new AbortController();
  const listeners = SIGNALS.map((name) => {
    const listener = () => {
      if ((name === "SIGINT" || name === "SIGQUIT") && isTerminalHandedOver()) return;
      // The second signal does not wait for an orderly end.
      if (stop.signal.aborted) end(stoppedCode(name), name);
      stop.abort(name);
    };
    Deno.addSignalListener(name, listener);
    return [name, listener] as const;
  });
  function end(status: number, reason: unknown): never {
    if (reason === "SIGINT" && Deno.build.os !== "windows") {
      for (const [name, listener] of listeners) Deno.removeSignalListener(name, listener);
      // A shell that sees its child exit at Ctrl-C takes the signal for handled, and goes on with its script or loop.
      Deno.kill(Deno.pid, reason);
      // Another thread ends the process. Where the shell has it ignore the signal, it exits after this second.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
    }
    Deno.exit(status);
  }
  const terminal = systemTerminal(() => stop.abort("SIGPIPE"));
  return end(await runCli(Deno.args, terminal, stop.signal), stop.signal.reason);
}

if (import.meta.main) await main();
