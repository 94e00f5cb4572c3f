import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { pulse } from "../../../src/loop/pulse.ts";
import { systemClock } from "../../../src/os/clock.ts";
import type { Ask } from "../../../src/schema/ask.ts";
import type { LedgerLine } from "../../../src/schema/ledger.ts";
import type { TickResult } from "../../../src/schema/tick_result.ts";
import { cliOn } from "../../support/cli_on.ts";
import { eventually, PROGRAM_MS } from "../../support/eventually.ts";
import { git } from "../../support/git.ts";
import type { TempProfile } from "../../support/temp_profile.ts";
import { workerProfile } from "../../support/worker_profile.ts";

import { DayClock } from "./clock.ts";
import { FILES, INTERVAL, PRICE, RUNNER, sensibleMove } from "./setting.ts";

/** What a day came to. */
export interface DayFigures {
  /** Calls of the runner, which cost money, and what they cost in US dollars. */
  decisions: number;
  usd: number;
  /** What changed in the world and that no rule settles. */
  changes: number;
  /** Commands and edits of the user. */
  humanActions: number;
  /** Of each ask, by its question: seconds of the day until the user was told, and milliseconds of this machine. */
  seen: { question: string; s: number; ms: number }[];
}

/** A day on which the user, the world and a sensible model do what they do. */
export class Day implements AsyncDisposable {
  readonly results: TickResult[] = [];
  readonly prompts: string[] = [];
  readonly #stop = new AbortController();
  readonly #seen: DayFigures["seen"] = [];
  #ended: Promise<unknown> = Promise.resolve();
  #nextAt = 0;
  #changes = 1;
  #actions = 0;
  #held: Promise<void> | null = null;
  #release: () => void = () => undefined;

  private constructor(readonly profile: TempProfile, readonly clock: DayClock) {}

  /** Begins at 09:00 with three repositories that are pushed. */
  static async begin(): Promise<Day> {
    const clock = new DayClock("2035-11-26T09:00:00Z");
    const profile = await workerProfile({ clock, files: FILES });
    const day = new Day(profile, clock);
    for (const name of ["web", "api", "docs"]) await day.#makeRepository(name);
    const repositories = ["web", "api", "docs"].map((name) => day.repository(name)).join(",");
    const set = ["--set", `repositories=${repositories}`];
    assertEquals((await cliOn(profile, ["sensor", "add", "git", ...set])).status, 0);
    const policy = [
      {
        name: "never-force",
        when: 'move.action == "run" && move.command.contains("--force")',
        then: "deny",
      },
    ];
    const config = {
      ...{
        runner: "mine",
        interval: INTERVAL,
        policy,
        budget: { usd_per_day: 2, unknown_cost: "ignore" },
      },
      runners: {
        mine: {
          tick: RUNNER,
          output: "claude",
          worker: "while [ ! -e fixed ]; do sleep 0.1; done",
        },
      },
      notify: `[ -z "$LOOOP_ASK_ID" ] || : >"told-$LOOOP_ASK_ID"`,
    };
    await Deno.writeTextFile(profile.configPath, JSON.stringify(config));
    day.#ended = Promise.all([
      pulse(profile, {
        signal: day.#stop.signal,
        onTick: (result, waitS) => {
          day.results.push(result);
          day.#nextAt = clock.now().getTime() + waitS * 1000;
        },
        onError: (error) => {
          throw error;
        },
      }),
      day.#answer(),
    ]);
    await day.#quiet();
    return day;
  }

  repository(name: string): string {
    return join(this.profile.root, name);
  }

  async #makeRepository(name: string): Promise<void> {
    const dir = this.repository(name);
    await Deno.mkdir(dir);
    await git(dir, "init", "-q", "-b", "main");
    await git(dir, "init", "-q", "--bare", `${dir}.git`);
    await git(dir, "remote", "add", "origin", `${dir}.git`);
    await this.#commit(name, "first");
    await git(dir, "push", "-q", "-u", "origin", "main");
  }

  async #commit(name: string, text: string): Promise<void> {
    const dir = this.repository(name);
    await Deno.writeTextFile(join(dir, "file"), text);
    await git(dir, "add", "file");
    const who = ["-c", "user.name=u", "-c", "user.email=u@example.com"];
    await git(dir, ...who, "commit", "-q", "-m", text);
  }

  /** Answers each prompt as a sensible model would. */
  async #answer(): Promise<void> {
    const { paths: { dataDir } } = this.profile;
    while (!this.#stop.signal.aborted) {
      await systemClock.sleep(20, this.#stop.signal);
      const prompt = await Deno.readTextFile(join(dataDir, "prompt")).catch(() => null);
      if (prompt === null) continue;
      await Deno.remove(join(dataDir, "prompt"));
      this.prompts.push(prompt);
      await this.#held;
      const result = JSON.stringify(sensibleMove(prompt, (name) => this.repository(name)));
      const answer = { type: "result", subtype: "success", is_error: false, result };
      const usage = { input_tokens: 1000, output_tokens: 50 };
      await Deno.writeTextFile(
        join(dataDir, "answer.tmp"),
        JSON.stringify({ ...answer, total_cost_usd: PRICE, usage }) + "\n",
      );
      await Deno.rename(join(dataDir, "answer.tmp"), join(dataDir, "answer"));
    }
  }

  /** Something changes in the world, before the tick at a time of the day. */
  async change(
    time: string,
    work: () => Promise<unknown>,
    { byRule = false, count = 1 } = {},
  ): Promise<void> {
    await work();
    if (!byRule) this.#changes += count;
    await this.next(time);
  }

  commit(name: string, text: string): Promise<void> {
    return this.#commit(name, text);
  }

  /** The user does something by a command; the pulse sees it at once. */
  async user(args: string[], { changes = 0, wakes = true, input = "" } = {}): Promise<string> {
    const before = this.results.length;
    const { status, stdout, stderr } = await cliOn(this.profile, args, { input });
    assertEquals(status, 0, stderr);
    this.#actions++;
    this.#changes += changes;
    if (wakes) {
      await eventually(`a tick after ${args}`, () => this.results.length > before, PROGRAM_MS);
    }
    await this.#quiet();
    return stdout;
  }

  /** A worker asks as `looop ask` does, which prints the answer. */
  async workerAsks(
    worker: string,
    question: string,
    options: string[],
  ): Promise<{ id: string; answer: Promise<string> }> {
    const record = JSON.parse(await this.profile.read(`workers/${worker}/worker.json`));
    const { generation } = record;
    const environment = { LOOOP_SESSION_ID: worker, LOOOP_GENERATION: generation };
    const inside = {
      ...this.profile,
      environment: { ...this.profile.environment, ...environment },
    };
    const asked = cliOn(inside, ["ask", worker, question, "--options", options.join(",")]);
    const answer = asked.then(({ stdout, stderr }) => `${stdout}${stderr}`.trim());
    const id = await this.asked(question);
    return { id, answer };
  }

  /** Waits, without moving the clock on, until the user was told of an ask; returns its id. */
  async asked(question: string): Promise<string> {
    let found: Ask | undefined;
    await eventually(`the ask ${question}`, async () => {
      found = (await this.asks()).find((ask) => textOf(ask).includes(question));
      return found !== undefined;
    }, PROGRAM_MS);
    const ask = found!;
    const born = await this.#mtimeOf(`asks/${ask.id}.json`);
    const told = () => this.#mtimeOf(`told-${ask.id}`);
    await eventually(
      `the user is told of ${question}`,
      async () => await told() !== null,
      PROGRAM_MS,
    );
    this.#seen.push({
      question,
      s: (this.clock.now().getTime() - Date.parse(ask.asked_at)) / 1000,
      ms: (await told() ?? NaN) - (born ?? NaN),
    });
    return ask.id;
  }

  async #mtimeOf(path: string): Promise<number | null> {
    const info = await Deno.stat(join(this.profile.paths.dataDir, path)).catch(() => null);
    return info?.mtime?.getTime() ?? null;
  }

  async asks(): Promise<Ask[]> {
    return JSON.parse((await cliOn(this.profile, ["asks", "--json"])).stdout);
  }

  /** Holds the model's next answer until {@linkcode edited} is called. */
  hold(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    this.#release = resolve;
  }

  /** Ends what {@linkcode hold} holds: the decision about the user's edit. */
  async edited(): Promise<void> {
    const before = this.results.length;
    this.#actions++;
    this.#changes++;
    this.#release();
    await eventually("the decision ends", () => this.results.length > before, PROGRAM_MS);
    await this.#quiet();
  }

  /** Moves on to the next tick, or to a time of the day, and waits for that tick. */
  async next(time?: string): Promise<void> {
    const before = this.results.length;
    const to = time === undefined ? this.#nextAt : Date.parse(`2035-11-26T${time}:00Z`);
    this.clock.moveOn(Math.max(to, this.#nextAt));
    await eventually("the next tick", () => this.results.length > before, PROGRAM_MS);
    await this.#quiet();
  }

  /** Waits until the pulse waits for its next tick. */
  #quiet(): Promise<void> {
    return eventually(
      "the pulse waits",
      () => this.results.length > 0 && this.clock.waitsUntil(this.#nextAt),
      PROGRAM_MS,
    );
  }

  async figures(): Promise<DayFigures> {
    const calls = (await this.profile.read("cost.jsonl")).trim().split("\n")
      .map((line): LedgerLine => JSON.parse(line)).filter(({ begun }) => !begun);
    return {
      decisions: this.prompts.length,
      usd: calls.reduce((sum, { cost_usd }) => sum + (cost_usd ?? 0), 0),
      ...{ changes: this.#changes, humanActions: this.#actions, seen: this.#seen },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#release();
    await this.#ended;
    await this.profile[Symbol.asyncDispose]();
  }
}

/** The question, or what an approval would do. */
function textOf({ question, approval }: Ask): string {
  return approval ? `${question} ${approval.preview}` : question;
}
