import { join } from "@std/path";
import type { LedgerLine } from "../../../src/schema/ledger.ts";
import { looop, type Ran } from "../../support/looop.ts";
import { runnersBin } from "./install_runners.ts";
import { runnerHome } from "./isolated_home.ts";
import { type ModelServer, startModelServer } from "./model_server.ts";

/** A profile that a real program decides for, against the model server. */
export interface Deciding extends AsyncDisposable {
  server: ModelServer;
  dataDir: string;
  /** The environment that looop and its runner are given. */
  env: Record<string, string>;
  looop(...args: string[]): Promise<Ran>;
  /** Runs one tick and gives its result. */
  tick(): Promise<Record<string, unknown> & { outcome: string }>;
  /** The ledger, without the beginnings of calls whose end it has. */
  ledger(): Promise<LedgerLine[]>;
  read(path: string): Promise<string>;
}

/** Makes a fresh profile whose runner is the real program of this name; `more` is added to the environment. */
export async function deciding(
  runner: string,
  more: Record<string, string> = {},
): Promise<Deciding> {
  const server = startModelServer();
  const home = await runnerHome(server, { binDirs: [runnersBin] });
  const dataDir = join(home.dir, "data");
  const env = { ...home.env, LOOOP_DATA_DIR: dataDir, ...more };
  await Deno.mkdir(join(home.dir, ".config"), { recursive: true });
  await Deno.writeTextFile(join(home.dir, ".config", "looop.json"), JSON.stringify({ runner }));
  const read = (path: string) => Deno.readTextFile(join(dataDir, path));
  return {
    server,
    dataDir,
    env,
    read,
    looop: (...args) => looop(args, { env }),
    async tick() {
      const { stdout, stderr } = await looop(["tick", "--json"], { env });
      if (stdout === "") throw new Error(`looop tick printed nothing: ${stderr}`);
      return JSON.parse(stdout);
    },
    async ledger() {
      const text = await read("cost.jsonl").catch(() => "");
      const lines: LedgerLine[] = text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
      const ended = new Set(lines.flatMap(({ begun, call }) => begun ? [] : [call]));
      return lines.filter(({ begun, call }) => !begun || !ended.has(call));
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}
