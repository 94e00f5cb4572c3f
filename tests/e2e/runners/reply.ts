/** Token counts of one reply, as a provider bills them. */
export interface ReplyUsage {
  /** Tokens in, those read from a cache included. Default: 1,200. */
  input: number;
  /** Of those, read from a cache. Default: 800. */
  cached: number;
  /** Default: 42. */
  output: number;
}

/** What the model server says to one request. */
export type Reply =
  /** A text answer; an empty text is an empty answer. */
  | { text: string; usage?: Partial<ReplyUsage> }
  /** A call of one of the program's own tools. */
  | { tool: string; input: Record<string, unknown>; usage?: Partial<ReplyUsage> }
  /** An HTTP error as the provider words it; `resetInS`: when a 429 ends, in seconds from now. */
  | { status: 401 | 402 | 403 | 429 | 500 | 529; resetInS?: number }
  /** The connection is taken and nothing is ever said. */
  | { hang: true };

/** A reply that carries a model's turn. */
export type TurnReply = Exclude<Reply, { status: number } | { hang: true }>;

/** An HTTP error reply. */
export type ErrorReply = Extract<Reply, { status: number }>;

/** One provider's wire format. */
export interface Protocol {
  /** The path that its clients post to. */
  path: string;
  /** A model's turn, as the named events that its clients read. */
  events(reply: TurnReply, usage: ReplyUsage, model: string): { event?: string; data: unknown }[];
  /** Body and headers of an HTTP error. */
  error(reply: ErrorReply, resetAt: number): { body: unknown; headers?: Record<string, string> };
  /** What the client asked last in a parsed request body. */
  prompt(body: Record<string, unknown>): string;
  /** What the client gave as instructions in a parsed request body. */
  system(body: Record<string, unknown>): string;
}
