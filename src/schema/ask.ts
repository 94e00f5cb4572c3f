import * as z from "zod/mini";
import type { OverBudget } from "./config.ts";
import { type Move, moveSchema } from "./move.ts";
import type { NotifyKind } from "./notify.ts";
import { asWritten, idSchema, type Schema, utcTimeSchema } from "./schema.ts";

/** The reply to an ask. */
export interface Answer {
  /** The text of the user; of an approval `yes`, `no` or `no: REASON`. */
  text: string;
  /** ISO 8601 in UTC. */
  at: string;
}

/** A question to the user, or an approval: a request for the consent to one exact move. */
export interface Ask {
  /** Its id, as `looop answer` takes it. */
  id: string;
  /** The kind of answer: any text, or the consent to one exact move. */
  kind: "question" | "approval";
  /** The question as shown to the user. */
  question: string;
  /** The answers to choose from; another one is accepted only if the user says that it is meant. */
  options?: string[];
  /** The path or URL that the question is about. */
  ref?: string;
  /** ISO 8601 in UTC. */
  asked_at: string;
  /** The run that asked; for a worker's ask, the generation of the worker. */
  run_id: string;
  /** Id of the worker that asked and waits for the answer; absent if the loop asked. */
  worker?: string;
  /** Of a worker's ask: the agent program whose permission hook asks; absent if the worker itself does. */
  hook?: string;
  /** Id of the worker that proposes what an approval allows; it does not wait. */
  proposer?: string;
  /** What an approval allows, once. */
  approval?: {
    move: Move;
    /** SHA-256 of the canonical move, hex: the approval covers exactly this move. */
    move_sha256: string;
    /** Identifies all that the move would do: the approval covers no other program, access, sandbox or file. */
    action_sha256?: string;
    /** Digests of the files that its commands name, as the user saw them. */
    files?: Record<string, string | null>;
    /** Digests of the files that the move replaces, as the decider saw them. */
    digests: Record<string, string | null>;
    /** What will happen, as shown to the user: the command, the diff, the script. */
    preview: string;
    /** When the approval expires, ISO 8601 in UTC. */
    expires_at: string;
    /** The profile of the move: the approval has no effect in another one. */
    profile?: string;
    /**
     * The data directory that applies it, so that no clone applies it too, or the name of the jobs that do. `null`: an older
     * looop let any do so; it has no effect.
     */
    place?: string | null;
  };
  /** Untrusted input could have influenced the decision that asks. */
  tainted?: boolean;
  /** `<goal>/<rule>` of the rule that made it: the ask is withdrawn when the rule's `when` becomes false. */
  rule?: string;
  /** The move is that of a slot: who made it, as in the state's `fired`, and the slots that it handled, by schedule. */
  event?: { source: string; slots: Record<string, string> };
  /** It asks whether to lift this budget for this day (of the host's time zone); the decider does not see such an ask. */
  hold?: Pick<OverBudget, "budget"> & {
    day: string;
    /** Of a goal's budget: the goal, whose budget is lifted for good, and its `budget_usd`. */
    goal?: string;
    usd?: number;
  };
  /** The program that the user has to set up: looop answers the ask once that is done. */
  setup?: ProgramToSetUp;
  /** For an approval `yes` or `no`, the latter followed by the reason. */
  answer?: Answer;
  /** Until then it is not announced, ISO 8601 in UTC: the user does not want to see it yet. */
  snoozed_until?: string;
  /**
   * Set once the ask is closed: the run whose decision saw the answer, or that applied the approved move. For a
   * worker's ask `delivered`, or `orphaned` if the worker ended first. For an ask about a budget its result: `lifted`,
   * `kept`, `released` or `over`. `set_up` if `looop init` made the question unnecessary, `dismissed` if the user closed
   * it unanswered, `withdrawn` if the cause of a rule's ask has ended, `expired` if an approval had no answer in time.
   */
  closed_by?: string;
}

/** A runner's program that cannot start or decide until the user has set it up. */
export interface ProgramToSetUp {
  /** Name of the runner. */
  runner: string;
  /** The provider refused its credentials, which its files do not show; `false`: its files show what is missing. */
  refused: boolean;
}

/** Names who asks, as every surface shows it before the text: looop itself, or the worker whose text it is. */
export function askerOf(
  { worker, hook, proposer }: Pick<Ask, "worker" | "hook" | "proposer">,
): string {
  if (hook !== undefined && worker !== undefined) {
    return `${hook}'s permission hook in worker ${worker}`;
  }
  const id = worker ?? proposer;
  return id === undefined ? "looop" : `worker ${id}`;
}

/** The runner of an ask for any program, where none is installed. */
export const ANY_RUNNER = "auto";

/** The command with which the user sets a program up. */
export function setUpCommand({ runner }: Pick<ProgramToSetUp, "runner">): string {
  return runner === ANY_RUNNER ? "looop setup-agent" : `looop setup-agent ${runner}`;
}

/** The commands that answer an ask; of an approval first the one that approves. With options, the command prompts for one. */
export function commandsFor(
  { kind, id, setup, options }: Pick<Ask, "kind" | "setup" | "options"> & { id?: string },
): string[] {
  if (setup) return [setUpCommand(setup)];
  if (kind === "approval") return [`looop approve ${id}`, `looop reject ${id} "…"`];
  return [options?.length ? `looop answer ${id}` : `looop answer ${id} "…"`];
}

/** The command that approves all that the worker of a proposal proposes. */
export function approveAll({ proposer }: Pick<Ask, "proposer">): string {
  return `looop approve --all-of ${proposer}`;
}

/** The approvals that one worker proposes, of each worker that proposes several. */
export function proposalGroups(asks: Ask[]): Ask[][] {
  const proposals = asks.filter(({ proposer }) => proposer !== undefined);
  return Object.values(Object.groupBy(proposals, ({ proposer = "" }) => proposer))
    .filter((group) => group !== undefined)
    .filter(({ length }) => length > 1);
}

/** One entry of a list of asks. */
export interface AskEntry {
  /** Who asks what, or which files a worker proposes to change. */
  text: string;
  /** Approves it, or begins the answer. */
  command: string;
}

/** Lists asks for short lists: all that one worker proposes is one entry. */
export function askEntries(asks: Ask[]): AskEntry[] {
  const groups = proposalGroups(asks);
  return asks.flatMap((ask) => {
    const group = groups.find((group) => group.includes(ask));
    if (group === undefined) {
      return [{ text: `${askerOf(ask)} asks: ${ask.question}`, command: commandsFor(ask)[0] }];
    }
    if (group[0] !== ask) return [];
    const paths = group.map(({ approval, id }) => Object.keys(approval?.digests ?? {})[0] ?? id);
    return [{ text: `${askerOf(ask)} proposes ${paths.join(", ")}`, command: approveAll(ask) }];
  });
}

const YES = /^(y|yes|ok|okay|allow|allowed|approve|approved)[.!]?$/i;
const NO = /^(n|no|deny|denied|reject|rejected|refuse|refused)(?:[.!]?$|\s*[,:;–—-]\s*(.+)$)/is;

/** Reports whether the answer to an approval is a yes. */
export function isYes({ text }: Pick<Answer, "text">): boolean {
  return YES.test(text.trim());
}

/**
 * Reads a plain yes or no, such as `OK`, `deny` or `no, not today`.
 *
 * @returns `yes`, `no` or `no: REASON`, as approvals store it; `null` for any other text
 */
export function readConsent(text: string): string | null {
  if (isYes({ text })) return "yes";
  const [, no, reason] = NO.exec(text.trim()) ?? [];
  return no === undefined ? null : reason === undefined ? "no" : `no: ${reason}`;
}

/** Reports whether an ask is not announced yet, since the user snoozed it. */
export function isSnoozed({ snoozed_until }: Ask, now: string): boolean {
  return snoozed_until !== undefined && snoozed_until > now;
}

/**
 * Reports whether an approval expired without an answer.
 *
 * @param now ISO 8601 in UTC
 */
export function isExpired({ approval, answer }: Ask, now: string): boolean {
  return approval !== undefined && !answer && approval.expires_at <= now;
}

/**
 * Checks one file of `asks/`.
 *
 * @example
 * ```ts
 * import { askSchema } from "@looop/cli";
 *
 * const ask = askSchema.parse({
 *   id: "a1b2c3",
 *   kind: "question",
 *   question: "Tea or coffee?",
 *   asked_at: "2026-11-23T09:30:00.000Z",
 *   run_id: "20261123t093000-1a2b3c4d",
 * });
 * console.log(ask.answer); // undefined: it is open
 * ```
 */
export const askSchema: Schema<Ask> = z.strictObject({
  id: idSchema,
  kind: z.enum(["question", "approval"]),
  question: z.string(),
  options: z.optional(z.array(z.string())),
  ref: z.optional(z.string()),
  asked_at: z.string(),
  run_id: z.string(),
  worker: z.optional(idSchema),
  hook: z.optional(idSchema),
  proposer: z.optional(idSchema),
  approval: z.optional(z.strictObject({
    move: asWritten(moveSchema),
    move_sha256: z.string(),
    action_sha256: z.optional(z.string()),
    files: z.optional(z.record(z.string(), z.nullable(z.string()))),
    digests: z.record(z.string(), z.nullable(z.string())),
    preview: z.string(),
    expires_at: utcTimeSchema,
    profile: z.optional(z.string()),
    place: z.optional(z.nullable(z.string())),
  })),
  tainted: z.optional(z.boolean()),
  rule: z.optional(z.string()),
  event: z.optional(z.strictObject({
    source: z.string(),
    slots: z.record(z.string(), utcTimeSchema),
  })),
  hold: z.optional(z.strictObject({
    budget: z.enum(["decides_per_hour", "usd_per_day", "unknown_cost", "goal_usd"]),
    day: z.string(),
    goal: z.optional(idSchema),
    usd: z.optional(z.number()),
  })),
  setup: z.optional(z.strictObject({ runner: z.string(), refused: z.boolean() })),
  answer: z.optional(z.strictObject({ text: z.string(), at: utcTimeSchema })),
  snoozed_until: z.optional(utcTimeSchema),
  closed_by: z.optional(z.string()),
}).check(
  // Otherwise the answer to a question could approve a move.
  z.refine(({ kind, approval }) => (kind === "approval") === (approval !== undefined), {
    error: "must be `approval` if there is an `approval`, otherwise `question`",
    path: ["kind"],
  }),
);

/** Something that needs the user. */
export interface AttentionItem {
  /** Identifies it, also among later ones of the same worker: `ask:1a2b3c`, `flag:fix-ci:…`. */
  key: string;
  /**
   * - `question`, `approval`, `flag`: an ask or a flag waits for the user; `over_budget`: an ask whether to lift a budget
   * - `parked`: nothing is decided although something changed; `failing`: decisions or a rule fail for 15 minutes;
   *   `recovered`: they do not any more
   * - `expired`: an approval had no answer in time
   * - `goal`: one is due or stalled
   * - `worker_failed`, `worker_stuck`, `worker_limited`: the new state of a worker
   * - `pulse`: no pulse is running
   */
  kind: NotifyKind | "pulse";
  /** The question, the flag's note, or the reason. */
  text: string;
  /** Id of the ask. */
  ask?: string;
  /** Who asks or waits: `looop`, `worker fix-ci`, or `claude's permission hook in worker fix-ci`. */
  from: string;
  /** Id of the worker that it is about; absent if it is about the loop. */
  worker?: string;
  /** Id of the goal. */
  goal?: string;
  options?: string[];
  /** The program that it asks to set up. */
  setup?: ProgramToSetUp;
  /** ISO 8601 in UTC; absent if unknown. */
  at?: string;
}
