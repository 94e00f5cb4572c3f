import { join } from "@std/path";
import type { ModelServer } from "./model_server.ts";

/** A stand-in for the providers' own hosts, which some programs contact before they start. */
export interface ProviderHosts extends AsyncDisposable {
  /** Environment variables that lead a program to it: a proxy, and the authority that signed its certificate. */
  env: Record<string, string>;
}

/** The hosts of models, and one that Claude Code wants to reach before its first question. */
const HOSTS = ["api.anthropic.com", "api.openai.com", "platform.claude.com"];

/**
 * Answers requests to {@linkcode HOSTS} on loopback, through a proxy that lets nothing else through: with the model server
 * what is posted to a model, and all else with status 200.
 *
 * @param dir where the certificate is made
 */
export async function providerHosts(dir: string, models: ModelServer): Promise<ProviderHosts> {
  const [key, cert] = [join(dir, "hosts.key"), join(dir, "hosts.pem")];
  const names = HOSTS.map((host) => `DNS:${host}`).join(",");
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-days", "2", "-subj", "/CN=looop-test", "-addext", `subjectAltName=${names}`],
      // Codex takes no authority for a server.
      ...["-addext", "basicConstraints=critical,CA:FALSE"],
      ...["-keyout", key, "-out", cert],
    ],
  }).output();
  if (!success) throw new Error(`openssl: ${new TextDecoder().decode(stderr)}`);
  const hosts = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    cert: await Deno.readTextFile(cert),
    key: await Deno.readTextFile(key),
    onListen: () => {},
  }, async (request) => {
    const { pathname, search } = new URL(request.url);
    // Codex then posts at once, which it else does after five attempts.
    if (request.headers.has("upgrade")) return new Response(null, { status: 426 });
    if (request.method !== "POST") return Response.json({});
    const headers = new Headers({ "content-type": "application/json" });
    const body = await request.text();
    const reply = await fetch(models.url + pathname + search, { method: "POST", headers, body });
    return reply.status === 404 ? Response.json({}) : reply;
  });
  const proxy = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  (async () => {
    for await (const client of proxy) {
      // A program that ends closes its connections at any time.
      tunnel(client, hosts.addr.port, open).catch(() => undefined);
    }
  })().catch(() => {/* closed */});
  return {
    env: {
      HTTPS_PROXY: `http://127.0.0.1:${(proxy.addr as Deno.NetAddr).port}`,
      NO_PROXY: "127.0.0.1",
      NODE_EXTRA_CA_CERTS: cert,
      SSL_CERT_FILE: cert,
    },
    async [Symbol.asyncDispose]() {
      proxy.close();
      for (const conn of open) closeQuietly(conn);
      await hosts.shutdown();
    },
  };
}

/** Connects a client that asked for one of the hosts to their stand-in. */
async function tunnel(client: Deno.Conn, port: number, open: Set<Deno.Conn>): Promise<void> {
  open.add(client);
  const buffer = new Uint8Array(4096);
  const count = await client.read(buffer) ?? 0;
  const [, host] =
    /^CONNECT ([^:]+):443 /.exec(new TextDecoder().decode(buffer.subarray(0, count))) ??
      [];
  const write = (text: string) => client.write(new TextEncoder().encode(text));
  if (host === undefined || !HOSTS.includes(host)) {
    await write("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    return closeQuietly(client);
  }
  const server = await Deno.connect({ hostname: "127.0.0.1", port });
  open.add(server);
  await write("HTTP/1.1 200 Connection established\r\n\r\n");
  await Promise.allSettled([
    client.readable.pipeTo(server.writable),
    server.readable.pipeTo(client.writable),
  ]);
}

function closeQuietly(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // It was closed already.
  }
}
