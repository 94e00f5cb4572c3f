import limit from "../scripts/limit.sh" with { type: "text" };

/** What a program may use; every process that it starts gets the same. */
export interface ProgramLimits {
  /** Seconds of CPU. */
  cpuS: number;
  /** KiB of address space. Not on macOS. */
  memoryKiB: number;
  /** Whether it may write to files; otherwise each write to one fails. Its output is not meant. */
  writes: boolean;
}

/** Returns the argv that starts a program with limits, without core dumps. */
export function limitedArgv(
  argv: string[],
  { cpuS, memoryKiB, writes }: ProgramLimits,
): string[] {
  const words = [String(cpuS), String(memoryKiB), writes ? "unlimited" : "0"];
  return ["bash", "-p", "-c", limit, "looop", ...words, ...argv];
}

/** Counts what a program prints, on all its streams together, and stops it at a limit. */
export class OutputLimit {
  #bytes = 0;

  constructor(readonly maxBytes: number) {}

  /** Whether it printed more. */
  get exceeded(): boolean {
    return this.#bytes > this.maxBytes;
  }

  /** Wraps the reader of one stream. The chunk that exceeds the limit is passed on, too. */
  stream(take: (chunk: Uint8Array) => void): (chunk: Uint8Array) => "enough" | void {
    return (chunk) => {
      if (this.exceeded) return "enough";
      this.#bytes += chunk.length;
      take(chunk);
      if (this.exceeded) return "enough";
    };
  }
}
