import * as z from "zod/mini";
import type { RunnerError, RunnerResult, Usage } from "../../schema/decision.ts";
import { parseAs, type Schema } from "../../schema/schema.ts";
import { cut, plainText } from "../../schema/text.ts";
import { parseMove } from "../parse_move.ts";
import { describeError, type ErrorReport, isUnbilled } from "../../schema/classify.ts";

/** How a program ended. */
export interface RunnerEnd {
  /** Exit status; 128 + n when ended by signal n. */
  status: number;
  /** The last 2,048 characters of stderr. */
  stderrTail: string;
  /** Why looop ended it; absent if it ended by itself, or after its last event. */
  interruption?: RunnerError;
}

/** The tokens of one answer; `NaN`: it reported an invalid number. */
export type Tokens = Record<keyof Usage, number>;

/** Reads one call's output, line by line as it arrives; `line` fills the fields, and `end` sums them up. */
export abstract class StreamReader {
  /** Set once waiting is pointless (the program retries rejected credentials): stop it now. */
  hopeless: RunnerError | null = null;
  /** Set once its last event has arrived: a program that goes on after it is not waited for. */
  finished = false;
  /** The last answer. */
  protected text = "";
  protected model: string | null = null;
  protected error: RunnerError | null = null;
  /** Tokens of each answer. */
  protected usages: Tokens[] = [];
  /** US dollars of each answer; `NaN`: it reported none, so the sum is unknown. */
  protected costs: number[] = [];
  /** Messages of errors of calls that the provider did not work on. */
  readonly #unbilled = new Set<string>();

  /** @param now makes retry times of "in 20s" */
  constructor(protected readonly now: () => Date) {}

  /** Reads one line, without its LF, and returns what of it is worth showing to the user, if anything. */
  abstract line(line: string): string | undefined;

  /** Reads one line of stderr: some programs report only there that they wait before a retry. */
  errorLine?(line: string): string | undefined;

  /** Classifies an error. */
  protected describe(report: ErrorReport): RunnerError {
    const error = describeError(report, this.now());
    if (error.kind === "model" && isUnbilled(report)) this.#unbilled.add(error.message);
    return error;
  }

  /**
   * Stops a program that would retry in vain: rejected credentials stay rejected, and for a limit that ends much later the
   * loop waits without a process. A short limit, or one with an unknown end, may pass.
   */
  protected stopIfHopeless(error: RunnerError): void {
    if (this.finished) return;
    const waitMs = Date.parse(error.retry_at ?? "") - this.now().getTime();
    if (error.kind === "auth" || waitMs > MAX_WAIT_MS) this.hopeless = error;
  }

  /**
   * Returns the result of the call. An exit status other than 0 and an answer without text are errors too, but a program
   * that delivered a complete answer has answered, however it ended. A failed call has no text.
   *
   * A call that the provider rejected or never got, as the program's own events report, used nothing and costs 0;
   * otherwise each rate limit, overload or expired login would leave an unknown cost in a budget in dollars.
   *
   * Any other price of 0 becomes `null` unless no tokens were used: pi and opencode report 0 for a model without a
   * configured price, which cannot be distinguished from a free model. So does every invalid amount.
   */
  end(end: RunnerEnd): RunnerResult {
    const { usages, model } = this;
    const sum = (key: keyof Usage) => {
      const count = usages.reduce((all, one) => all + one[key], 0);
      return usages.length > 0 && Number.isSafeInteger(count) && count >= 0 ? count : null;
    };
    const usage = {
      input_tokens: sum("input_tokens"),
      cached_input_tokens: sum("cached_input_tokens"),
      output_tokens: sum("output_tokens"),
    };
    const found = this.hopeless ?? this.error;
    const rejected = found?.kind === "auth" || found?.kind === "rate_limit" ||
      this.#unbilled.has(found?.message ?? "");
    const unused = usage.input_tokens === 0 && usage.output_tokens === 0;
    const total = this.costs.reduce((all, cost) => all + cost, 0);
    const price = this.costs.length > 0 && Number.isFinite(total) && total >= 0 ? total : null;
    const answered = this.text.trim() !== "" && (this.finished || parseMove(this.text).ok);
    const failure = found ?? (answered ? null : end.interruption ?? exitError(end, this.now()));
    const error: RunnerError | null = failure === null && this.text.trim() === ""
      ? { kind: "empty", message: "exited with status 0 but printed no answer" }
      : failure;
    return {
      ...{ text: error ? "" : this.text, model, usage, error },
      cost_usd: rejected && (unused || usages.length === 0) ? 0 : unused ? price : price || null,
    };
  }
}

/** The text blocks of a message; claude and pi use one form. */
export function textOf(content: z.infer<typeof blocks>): string {
  return content.map((part) => part.type === "text" ? part.text ?? "" : "").join("");
}

/** What terminals, wrappers and encoders leave before an event: white space (a byte order mark is), escape sequences. */
const BEFORE_EVENT =
  // deno-lint-ignore no-control-regex -- these are skipped
  /^(?:\s|\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[=>78c])*(?=\{)/;

/** Parses one line of an event stream; `undefined` if it is not JSON or not an event of this schema. */
export function parseEvent<T>(schema: Schema<T>, line: string): T | undefined {
  const before = BEFORE_EVENT.exec(line);
  return before === null ? undefined : parseAs(schema, line.slice(before[0].length));
}

/** A field that is absent where it is null or malformed, so that it hides no other field of its event. */
export function lenient<T extends z.ZodMiniType>(schema: T) {
  return z.catch(z.optional(schema), undefined);
}

/** A text that may be absent. */
export const someText = lenient(z.string());

/** A number that may be absent. */
export const someNumber = lenient(z.number());

/** The blocks of a message. */
export const blocks = z.catch(
  z.array(z.catch(z.object({ type: z.string(), text: someText }), { type: "", text: undefined })),
  [],
);

/** A number, also one that a proxy or a library of decimals writes as a string. */
const count = z.union([
  z.number(),
  z.pipe(z.string().check(z.regex(/^\d+(\.\d+)?(e-?\d+)?$/i)), z.transform(Number)),
]);

/** A number of tokens; `NaN` for an invalid one, so that a sum that includes it is unknown rather than wrong. */
export const tokenCount = z.catch(z.pipe(count, z.int().check(z.minimum(0))), NaN);

/** A number of tokens that is 0 where it is absent or null. */
export const tokensOrNone = z.pipe(z.nullish(tokenCount), z.transform((count) => count ?? 0));

/** A price in US dollars; `NaN` likewise. */
export const dollars = z.catch(z.pipe(count, z.number().check(z.minimum(0))), NaN);

function exitError({ status, stderrTail }: RunnerEnd, now: Date): RunnerError | null {
  if (status === 0) return null;
  // Indented lines and closing brackets are the rest of a dump; its subject is in the line before.
  const last = stderrTail.split("\n").findLast((line) => /^[^\s}\])]/.test(line)) ?? "";
  const killed = status > 128;
  const how = killed ? `was ended by signal ${status - 128}` : `exited with status ${status}`;
  const error = describeError({ message: last }, now);
  const message = last ? plainText(cut(`${how}: ${error.message}`, 500)) : how;
  // What a program printed before it was killed is not why.
  return error.kind === "model" || killed ? { kind: "exit", message } : { ...error, message };
}

/** Programs may wait out shorter limits; for longer ones, the loop retries later without a process. */
const MAX_WAIT_MS = 30_000;
