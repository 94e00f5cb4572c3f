import { join } from "@std/path";
import type { LedgerLine } from "../../src/schema/ledger.ts";
import { git } from "../support/git.ts";

/** How much of each a profile has behind it. */
export interface History {
  /** Lines of journal and ledger. */
  lines: number;
  /** Closed asks. */
  asks: number;
  /** Workers that have ended, and were seen to. */
  workers: number;
  commits: number;
}

const YEAR_MS = 365 * 86_400_000;

/** It ends now: what looks for the last hour or day finds its share. */
const FROM = Date.now() - YEAR_MS;

/** Gives a data directory that has ticked once a past, spread over a year, as looop would have written it. */
export async function addHistory(dataDir: string, history: History): Promise<void> {
  const at = (index: number, of: number) => new Date(FROM + index * YEAR_MS / of);
  const lines = Array.from({ length: history.lines }, (_, index) => at(index, history.lines));
  const journal = lines.map((time) =>
    `- ${time.toISOString().slice(0, 16).replace("T", " ")} looked around: all is well\n`
  );
  await Deno.writeTextFile(join(dataDir, "journal.md"), journal.join(""));
  await writeLedger(join(dataDir, "cost.jsonl"), history.lines, lines);
  await Promise.all(Array.from({ length: history.asks }, async (_, index) => {
    const id = `a${index.toString(16).padStart(6, "0")}`;
    const time = at(index, history.asks).toISOString();
    const ask = {
      ...{ id, kind: "question", question: "Tea or coffee?", asked_at: time, run_id: "r" },
      ...{ answer: { text: "tea", at: time }, closed_by: "r" },
    };
    await Deno.writeTextFile(join(dataDir, "asks", "closed", `${id}.json`), JSON.stringify(ask));
  }));
  await Promise.all(
    Array.from({ length: history.workers }, (_, index) => endWorker(dataDir, index)),
  );
  await addCommits(dataDir, history.commits);
}

/** Writes a ledger of so many lines. */
export async function writeLedger(path: string, count: number, times?: Date[]): Promise<void> {
  const timeOf = (index: number) => times?.[index] ?? new Date(FROM + index * YEAR_MS / count);
  const ledger = Array.from({ length: count }, (_, index) => lineOf(index, timeOf(index)));
  await Deno.writeTextFile(path, ledger.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

/** What one decision of many cost. */
export function lineOf(index: number, time: Date): LedgerLine {
  return {
    ts: time.toISOString(),
    ...{ kind: "tick", id: `r${index}`, goal: `g${index % 20}`, runner: "pi", model: "m" },
    ...{ cost_usd: 0.01, input_tokens: 9000, cached_input_tokens: 8000 },
    ...{ output_tokens: 90, duration_ms: 4000 },
  };
}

async function endWorker(dataDir: string, index: number): Promise<void> {
  const [id, generation] = [`old${index}`, `g${index}`];
  const dir = join(dataDir, "workers", "ended", `${id}.${generation}`);
  await Deno.mkdir(dir, { recursive: true });
  const at = new Date().toISOString();
  const access = { network: false, read: [], write: [], env: [] };
  const record = {
    ...{ id, generation, started_at: at, runner: "sh", goal: null, run_id: null, verify: null },
    ...{ verify_access: access, sandbox: "none", wrapper: null },
  };
  await Deno.writeTextFile(join(dir, "worker.json"), JSON.stringify(record));
  const end = { exit_code: 0, at, how: "exited" };
  await Deno.writeTextFile(join(dir, "exit.json"), JSON.stringify(end));
}

/** Adds commits that change nothing: what they cost git is that they are there. */
async function addCommits(dataDir: string, count: number): Promise<void> {
  if (count === 0) return;
  const commits = Array.from({ length: count }, (_, index) => {
    const when = Math.floor((FROM + index * YEAR_MS / count) / 1000);
    const from = index === 0 ? "from refs/heads/main^0\n" : "";
    return `commit refs/heads/main\ncommitter l <l@localhost> ${when} +0000\ndata 4\nmove\n${from}\n`;
  });
  const child = new Deno.Command("git", {
    args: ["fast-import", "--quiet"],
    cwd: dataDir,
    stdin: "piped",
    stdout: "null",
  }).spawn();
  await new Blob(commits).stream().pipeTo(child.stdin);
  const { success } = await child.status;
  if (!success) throw new Error(`git fast-import failed in ${dataDir}`);
  await git(dataDir, "reset", "-q");
}
