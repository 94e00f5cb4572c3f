/** What a release server answers a path with. */
export type Answer = Uint8Array<ArrayBuffer> | string | (() => Response);

/** A server of releases on the loopback. */
export interface ReleaseServer extends AsyncDisposable {
  /** What `LOOOP_BASE_URL` names. */
  url: string;
  /** Paths that were asked for, in their order. */
  asked: string[];
}

/** Serves files by their path below the address, as GitHub does a release's; 404 for all others. */
export function releaseServer(files: Readonly<Record<string, Answer>>): ReleaseServer {
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const path = new URL(request.url).pathname.slice(1);
    asked.push(path);
    const answer = Object.hasOwn(files, path) ? files[path] : undefined;
    if (answer === undefined) return new Response("Not Found", { status: 404 });
    return typeof answer === "function" ? answer() : new Response(answer);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A release's files: a program for each target that prints `text`, and their checksums. */
export async function releaseOf(
  text: string,
  targets: readonly string[],
): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  let sums = "";
  for (const target of targets) {
    const program = new Blob([`#!/bin/sh\necho "${text} for ${target}"\n`]).stream();
    const packed = await new Response(program.pipeThrough(new CompressionStream("gzip"))).bytes();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", packed));
    files[`looop-${target}.gz`] = packed;
    sums += `${digest.toHex()}  looop-${target}.gz\n`;
  }
  files.SHA256SUMS = new TextEncoder().encode(sums);
  return files;
}

const TARGETS = ["linux-x64", "linux-arm64", "macos-x64", "macos-arm64"];

/** Serves 0.2.0 as the latest release, in which some files are others, or missing (`null`), and 0.1.0. */
export async function latest(other: Record<string, Answer | null> = {}): Promise<ReleaseServer> {
  const files: Record<string, Answer> = {};
  const release = { ...await releaseOf("looop 0.2.0", TARGETS), ...other };
  for (const [name, answer] of Object.entries(release)) {
    if (answer !== null) files[`latest/download/${name}`] = answer;
  }
  const old = await releaseOf("looop 0.1.0", TARGETS);
  for (const [name, answer] of Object.entries(old)) files[`download/v0.1.0/${name}`] = answer;
  return releaseServer(files);
}
