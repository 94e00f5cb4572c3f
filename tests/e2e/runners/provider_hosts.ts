import { join } from "@std/path";

/** A stand-in for the providers' own hosts, which some programs contact before they start. */
export interface ProviderHosts extends AsyncDisposable {
  /** Environment variables that lead a program to it: a proxy, and the authority that signed its certificate. */
  env: Record<string, string>;
}

/** The hosts that Claude Code wants to reach before its first question. */
const HOSTS = ["api.anthropic.com", "platform.claude.com"];

/**
 * Answers every request to {@linkcode HOSTS} with status 200, on loopback, through a proxy that lets nothing else through.
 *
 * @param dir where the certificate is made
 */
export async function providerHosts(dir: string): Promise<ProviderHosts> {
  const [key, cert] = [join(dir, "hosts.key"), join(dir, "hosts.pem")];
  const names = HOSTS.map((host) => `DNS:${host}`).join(",");
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-days", "2", "-subj", "/CN=looop-test", "-addext", `subjectAltName=${names}`],
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
  }, () => Response.json({}));
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
