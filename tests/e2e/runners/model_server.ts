import { anthropic } from "./anthropic.ts";
import { chatCompletions } from "./chat_completions.ts";
import type { Protocol, Reply } from "./reply.ts";
import { responses } from "./responses.ts";

/** One request for a model's turn, as it reached the server. */
export interface ModelRequest {
  /** Such as `/v1/messages?beta=true`. */
  path: string;
  headers: Record<string, string>;
  /** The body as sent; `bytes` is its length in UTF-8. */
  body: string;
  bytes: number;
  model: string;
  /** What was asked last. */
  prompt: string;
  /** The instructions before it. */
  system: string;
}

/** Looks at a request and says what is replied. */
export type Answer = (request: ModelRequest) => Reply;

/** A loopback model server that speaks for every provider at once. */
export interface ModelServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:40123`, without a slash at its end. */
  url: string;
  /** Every request for a model's turn so far, retries included. */
  requests: ModelRequest[];
  /** Requests that differ in what they ask: a program's retries count once. */
  readonly decisions: ModelRequest[];
  /** From now on replies this, however often it is asked. */
  reply(reply: Reply | Answer): void;
  /** Replies these first, each once and in order. */
  replyOnce(...replies: (Reply | Answer)[]): void;
  /** Resolves once this many requests have come in. */
  requested(count: number): Promise<void>;
}

const protocols = [anthropic, chatCompletions, responses];
const defaults = { input: 1200, cached: 800, output: 42 };

/** Starts a server on a free port of 127.0.0.1; dispose it to end it, hanging requests included. */
export function startModelServer(): ModelServer {
  const requests: ModelRequest[] = [];
  const once: (Reply | Answer)[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const stop = new AbortController();
  const stopped = new Promise((resolve) => stop.signal.addEventListener("abort", resolve));
  let standing: Reply | Answer = { text: '{"action":"noop","reason":"r","journal":"j"}' };

  async function serve(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const protocol = protocols.find(({ path }) => path === pathname);
    if (!protocol || request.method !== "POST") return new Response("not found", { status: 404 });
    const seen = readRequest(protocol, pathname + search, request.headers, await request.text());
    requests.push(seen);
    for (const { count, resolve } of waiting) if (requests.length >= count) resolve();
    const answer = once.shift() ?? standing;
    const reply = typeof answer === "function" ? answer(seen) : answer;
    if (!("hang" in reply)) return send(protocol, reply, seen.model);
    await stopped;
    return new Response(null, { status: 500 });
  }

  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    signal: stop.signal,
    onListen: () => {},
  }, serve);

  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    requests,
    get decisions() {
      return [...new Map(requests.map((seen) => [seen.prompt, seen])).values()];
    },
    reply: (reply) => void (standing = reply),
    replyOnce: (...replies) => void once.push(...replies),
    requested: (count) =>
      requests.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ count, resolve })),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await server.finished;
    },
  };
}

function readRequest(
  protocol: Protocol,
  path: string,
  headers: Headers,
  body: string,
): ModelRequest {
  const parsed = JSON.parse(body);
  return {
    path,
    headers: Object.fromEntries(headers),
    body,
    bytes: new TextEncoder().encode(body).length,
    model: String(parsed.model),
    prompt: protocol.prompt(parsed),
    system: protocol.system(parsed),
  };
}

function send(protocol: Protocol, reply: Exclude<Reply, { hang: true }>, model: string): Response {
  if ("status" in reply) {
    const resetAt = Math.floor(Date.now() / 1000) + (reply.resetInS ?? 0);
    const { body, headers } = protocol.error(reply, resetAt);
    return Response.json(body, { status: reply.status, headers });
  }
  const lines = protocol.events(reply, { ...defaults, ...reply.usage }, model)
    .map(({ event, data }) =>
      (event ? `event: ${event}\n` : "") +
      `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`
    );
  return new Response(lines.join(""), { headers: { "content-type": "text/event-stream" } });
}
