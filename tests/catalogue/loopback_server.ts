/** A server on loopback that answers as it is told, and keeps what it was asked. */
export interface LoopbackServer extends AsyncDisposable {
  /** Without a slash at its end. */
  origin: string;
  /** How it answers from now on. */
  answer: (request: Request) => Response | Promise<Response>;
  requests: { method: string; path: string; authorization: string | null; body: string }[];
}

/** Starts one. */
export function loopbackServer(answer: LoopbackServer["answer"]): LoopbackServer {
  const requests: LoopbackServer["requests"] = [];
  const closing = new AbortController();
  const http = Deno.serve(
    { port: 0, hostname: "127.0.0.1", signal: closing.signal, onListen: () => {} },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      requests.push({
        method: request.method,
        path: pathname + search,
        authorization: request.headers.get("authorization"),
        body: await request.text(),
      });
      return await server.answer(request);
    },
  );
  const server: LoopbackServer = {
    origin: `http://127.0.0.1:${http.addr.port}`,
    answer,
    requests,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await http.finished;
    },
  };
  return server;
}

/** An answer in JSON. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers });
}

/** A server that takes connections and answers with what is no HTTP, or (`null`) never. */
export async function rawServer(
  said: string | null,
): Promise<AsyncDisposable & { origin: string }> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      open.push(connection);
      if (said === null) continue;
      await connection.read(new Uint8Array(4096));
      await connection.write(new TextEncoder().encode(said));
      open.pop()?.close();
    }
  })();
  await Promise.resolve();
  return {
    origin: `http://127.0.0.1:${listener.addr.port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const connection of open) connection.close();
    },
  };
}

/** An address at which nobody listens. */
export function deadOrigin(): string {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return `http://127.0.0.1:${port}`;
}
