import { join } from "@std/path";
import { eventually } from "../support/eventually.ts";

/** A shell in a terminal of its own. */
export interface Shell extends AsyncDisposable {
  /** Presses keys, as `tmux send-keys` names them; behind `-l` a text. */
  type(...keys: string[]): Promise<void>;
  /** Types a command line and Enter, on an empty screen: nothing of before can be taken for what it prints. */
  run(line: string): Promise<void>;
  /** Pastes a text, marked as such if the program has asked for that. */
  paste(text: string): Promise<void>;
  /** What the terminal shows now. */
  screen(): Promise<string>;
  /** Waits until it shows something. */
  seen(what: RegExp, timeoutMs?: number): Promise<void>;
  /** Gives the terminal a new size. */
  resize(columns: number, rows: number): Promise<void>;
  /** What tmux says of it, such as `#{cursor_flag}`. */
  tell(format: string): Promise<string>;
}

async function run(program: string, args: string[], env: Record<string, string>): Promise<string> {
  const { stdout, stderr, code } = await new Deno.Command(program, { args, env, clearEnv: true })
    .output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`${program} ${args.join(" ")}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

/** Starts one on a private tmux server that ends with it. */
export async function shellOn(
  env: Record<string, string>,
  argv: string[],
  { columns = 120, rows = 40, name = "tmux", everyMs }: {
    columns?: number;
    rows?: number;
    name?: string;
    /** Milliseconds between two checks of what it shows. */
    everyMs?: number;
  } = {},
): Promise<Shell> {
  const socket = join(env.HOME, `${name}.sock`);
  // A shell that is killed would still write its history, while its home is removed.
  const vars = { HISTFILE: "/dev/null", ...env };
  const tmux = (...args: string[]) => run("tmux", ["-S", socket, "-f", "/dev/null", ...args], vars);
  await tmux("new-session", "-d", "-x", `${columns}`, "-y", `${rows}`, "-c", env.HOME, ...argv);
  const screen = () => tmux("capture-pane", "-p");
  return {
    type: async (...keys) => void await tmux("send-keys", ...keys),
    async run(line) {
      await tmux("send-keys", "-R");
      await tmux("send-keys", "-l", line);
      await tmux("send-keys", "Enter");
    },
    async paste(text) {
      await tmux("set-buffer", text);
      await tmux("paste-buffer", "-p");
    },
    screen,
    async seen(what, timeoutMs) {
      let last = "";
      const shown = async () => what.test(last = await screen());
      await eventually(`${argv[0]} shows ${what}`, shown, timeoutMs, everyMs).catch((error) => {
        throw new Error(`${error.message}\n${last}`);
      });
    },
    resize: async (columns, rows) =>
      void await tmux("resize-window", "-x", `${columns}`, "-y", `${rows}`),
    tell: async (format) => (await tmux("display-message", "-p", format)).trim(),
    [Symbol.asyncDispose]: async () => void await tmux("kill-server"),
  };
}
