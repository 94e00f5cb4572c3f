import { join } from "@std/path";
import type { Agent } from "../../../src/workers/agents/agent.ts";
import { eventually, PROGRAM_MS } from "../../support/eventually.ts";
import { git } from "../../support/git.ts";
import { checkout, denoDir } from "../../support/looop.ts";
import { runnersBin } from "./install_runners.ts";
import { type RunnerHome, runnerHome } from "./isolated_home.ts";
import { type ModelServer, startModelServer } from "./model_server.ts";
import type { Reply } from "./reply.ts";

/** A real program that works in a detached tmux session, in a fresh home, with a stand-in for looop. */
export interface WorkerSession extends AsyncDisposable {
  server: ModelServer;
  home: RunnerHome;
  /** The directory that it works in, a git repository. */
  dataDir: string;
  workerDir: string;
  /** Starts the agent, or continues its session with {@linkcode MESSAGE}; in a session of its own each time. */
  start(agent: Agent, how?: "start" | "resume"): Promise<void>;
  /** What the screen shows. */
  screen(): Promise<string>;
  keys(...keys: string[]): Promise<void>;
  /** What was put to the person so far, and what the hook was given for it. */
  asked(): Promise<{ question: string; stdin: string }[]>;
  answer(text: string): Promise<void>;
  /** What the stand-in was called with, a line each. */
  called(): Promise<string[]>;
  /** Resolves once the agent's program has ended. */
  ended(): Promise<void>;
  exists(name: string): Promise<boolean>;
}

/** The first message of a continued session. */
export const MESSAGE = "Your session continues.\n\nThe answer is 'blue' & \"green\".";

/** Makes one; `replies` are what the model says turn by turn, calls without tools aside, and then "done". */
export async function workerSession(
  replies: Reply[],
  { prompt = "Do it." }: { prompt?: string } = {},
): Promise<WorkerSession> {
  const server = startModelServer();
  const left = [...replies];
  server.reply(({ body }) => {
    const { tools = [] } = JSON.parse(body);
    return (tools.length > 0 ? left.shift() : undefined) ?? { text: "done" };
  });
  const home = await runnerHome(server, { binDirs: [runnersBin] });
  const dataDir = join(await Deno.realPath(home.dir), "data");
  const workerDir = join(dataDir, "workers", "w1");
  await Deno.mkdir(workerDir, { recursive: true });
  await git(dataDir, "init", "-q");
  const promptFile = join(workerDir, "prompt.md");
  await Deno.writeTextFile(promptFile, prompt);
  const bin = join(dataDir, "looop");
  await Deno.writeTextFile(bin, STAND_IN, { mode: 0o700 });
  const env = {
    ...home.env,
    LOOOP_BIN: bin,
    LOOOP_DATA_DIR: dataDir,
    LOOOP_SESSION_ID: "w1",
    DENO: Deno.execPath(),
    DENO_DIR: denoDir(),
    CHECKOUT: checkout,
    TERM: "xterm-256color",
  };
  const socket = `looop-test-${crypto.randomUUID().slice(0, 8)}`;
  const tmux = async (...args: string[]) => {
    const command = new Deno.Command("tmux", {
      args: ["-L", socket, "-f", "/dev/null", ...args],
      cwd: dataDir,
      env,
      clearEnv: true,
    });
    return new TextDecoder().decode((await command.output()).stdout);
  };
  // Else it ends with its first session, maybe just when the second is to be opened.
  await tmux("start-server", ";", "set-option", "-g", "exit-empty", "off");
  const lines = async (name: string) => {
    const text = await Deno.readTextFile(join(dataDir, name)).catch(() => "");
    return text.split("\n").filter(Boolean);
  };
  /** Without its terminal it would live on: `script` keeps that from it. */
  const endProgram = async () => {
    const [pid] = await lines("pid");
    if (pid !== undefined) {
      await new Deno.Command("bash", { args: ["-c", `kill -KILL -- -${pid}`] }).output();
      await Deno.remove(join(dataDir, "pid"));
    }
    await tmux("kill-session", "-t", "=w1");
  };
  return {
    server,
    home,
    dataDir,
    workerDir,
    async start(agent, how = "start") {
      const [message, messageFile] = [MESSAGE, join(workerDir, "message.md")];
      const hookCommand = `"$LOOOP_BIN" permission-request ${agent.name}`;
      const input = { promptFile, workerDir, cwd: dataDir, hookCommand, message, messageFile };
      const started = await agent[how]?.(input);
      if (!started) throw new Error(`${agent.name} cannot ${how}`);
      for (const [name, content] of Object.entries(started.files ?? {})) {
        await Deno.writeTextFile(join(workerDir, name), content);
      }
      await endProgram();
      const script = `echo $$ >${dataDir}/pid; exec ${started.command}`;
      await Deno.writeTextFile(join(workerDir, "command"), script);
      const given = Object.entries(started.env ?? {}).flatMap(([name, value]) => [
        "-e",
        `${name}=${value}`,
      ]);
      const record = `script -qfe -c 'bash ${workerDir}/command' ${workerDir}/transcript`;
      await tmux(
        ...["new-session", "-d", "-s", "w1", "-x", "120", "-y", "40", "-c", dataDir],
        ...given,
        `exec ${record}`,
      );
      await eventually("the program is started", () => isPresent(join(dataDir, "pid")));
    },
    screen: () => tmux("capture-pane", "-p", "-t", "=w1:"),
    keys: async (...keys) => void await tmux("send-keys", "-t", "=w1:", ...keys),
    asked: async () => (await lines("asked.jsonl")).map((line) => JSON.parse(line)),
    answer: (text) => Deno.writeTextFile(join(dataDir, "answer"), text),
    called: () => lines("called"),
    ended: () =>
      eventually("the program has ended", async () => {
        const pid = (await Deno.readTextFile(join(dataDir, "pid"))).trim();
        return !await isPresent(`/proc/${pid}`);
      }, PROGRAM_MS),
    exists: (name) => isPresent(join(dataDir, name)),
    async [Symbol.asyncDispose]() {
      await endProgram();
      await tmux("kill-server");
      await server[Symbol.asyncDispose]();
      // What was killed may still be writing.
      await eventually("the home is removed", async () => {
        await Deno.remove(home.dir, { recursive: true }).catch(() => {/* tried again */});
        return !await isPresent(home.dir);
      });
    },
  };
}

/** Ends the agent on `kill`, asks the person on `permission-request`, and notes what else it is called with. */
const STAND_IN = `#!/bin/bash
case $1 in
permission-request)
  exec "$DENO" run -A --config "$CHECKOUT/deno.json" \\
    "$CHECKOUT/tests/e2e/runners/permission_stand_in.ts" "$2" ;;
kill) kill "$(<"$LOOOP_DATA_DIR/pid")" ;;
*) echo "$*" >>"$LOOOP_DATA_DIR/called" ;;
esac
`;

async function isPresent(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
