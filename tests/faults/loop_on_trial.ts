import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { ensureProfile } from "../../src/profile/ensure.ts";
import type { Move } from "../../src/schema/move.ts";
import { eventually } from "../support/eventually.ts";
import { git } from "../support/git.ts";
import { RunningPulse } from "../support/running_pulse.ts";
import { noop } from "../support/scripted_decider.ts";
import { type TempProfile, tempProfile, type TempProfileOptions } from "../support/temp_profile.ts";

/** A living pulse that decides at every edit of PLAYBOOK, for faults to be tried on. */
export class LoopOnTrial implements AsyncDisposable {
  /** Called within the next decision, and not again. */
  whileDeciding: (() => Promise<void>) | null = null;
  readonly pulse: RunningPulse;
  #edits = 0;
  #decided = 0;

  private constructor(readonly profile: TempProfile) {
    this.pulse = new RunningPulse(profile, () => this.#decide());
  }

  /** Starts one with a goal, a sensor, a git history and a move behind it. */
  static async start(options: TempProfileOptions = {}): Promise<LoopOnTrial> {
    const profile = await tempProfile({
      files: {
        "goals/tea.md": "---\ngoal: Tea\n---\n",
        "sensors/fine.sh": "#!/bin/sh\necho '{}'\n",
      },
      ...options,
    });
    await ensureProfile(profile);
    const loop = new LoopOnTrial(profile);
    await loop.pulse.ticks(1);
    return loop;
  }

  async #decide(): Promise<Move> {
    const { whileDeciding } = this;
    this.whileDeciding = null;
    await whileDeciding?.();
    return noop({ journal: `move ${++this.#decided}` });
  }

  /** Edits PLAYBOOK, which wakes the pulse and has it decide. */
  edit(): Promise<void> {
    return this.profile.write("PLAYBOOK.md", `# Playbook ${++this.#edits}\n`);
  }

  /** All that was said of anything wrong, in order. */
  said(): string[] {
    return [...this.profile.warnings, ...this.pulse.errors.map(({ message }) => message)];
  }

  /** Waits until one more move is made. */
  async moves(): Promise<void> {
    const before = this.pulse.moves();
    await this.edit();
    await eventually("another move", () => this.pulse.moves() > before);
  }

  /** Checks that journal, git history and JSON files are whole, and agree on what moves were made. */
  async agrees(): Promise<void> {
    const { dataDir } = this.profile.paths;
    const journal = await this.profile.read("journal.md");
    const lines = journal.split("\n");
    assertEquals(lines.pop(), "", "the journal's last line has its end");
    const told = lines.map((line) => line.replace(/^- \d{4}-\d\d-\d\d \d\d:\d\d /, ""))
      // It is not a move.
      .filter((line) => !line.startsWith("ticks work again: they failed from "));
    const log = await git(
      dataDir,
      "log",
      "--reverse",
      "--format=%s|%(trailers:key=Looop-Run,valueonly,separator=%x2C)",
    );
    const committed = log.split("\n").filter((line) => !line.endsWith("|"))
      .map((line) => line.slice(0, line.lastIndexOf("|")).replace(/^\S+ \S+ /, ""));
    assertEquals(committed, told, "the journal line of each move has its one commit");
    assertEquals(new Set(told).size, told.length, "no move is written down twice");
    await wholeJson(dataDir);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.pulse[Symbol.asyncDispose]();
    } finally {
      await this.profile[Symbol.asyncDispose]();
    }
  }
}

/** Checks that every JSON file of a directory is whole, and that no temporary file is left. */
async function wholeJson(dir: string): Promise<void> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(dir)) {
    const path = join(dir, name);
    if (isDirectory && name !== ".git") await wholeJson(path);
    if (!isFile) continue;
    assertEquals(name.endsWith(".tmp"), false, path);
    const text = name.endsWith(".json") || name.endsWith(".jsonl")
      ? await Deno.readTextFile(path)
      : "";
    if (name.endsWith(".json")) JSON.parse(text);
    if (name.endsWith(".jsonl")) {
      text.split("\n").filter(Boolean).forEach((line) => JSON.parse(line));
    }
  }
}
