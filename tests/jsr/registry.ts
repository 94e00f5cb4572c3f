import { join } from "@std/path";
import { checkout } from "../support/looop.ts";
import { filesIn } from "./files_in.ts";

/** A registry as `JSR_URL` names one, with what `deno publish` sends to it. */
export interface Registry extends AsyncDisposable {
  url: string;
  /** Where what was published lies unpacked. */
  dir: string;
  /** What `deno publish` said. */
  said: string;
}

/** Serves an empty registry on the loopback, then publishes the checkout there, in the way of the release. */
export async function publishedRegistry(): Promise<Registry> {
  const dir = await Deno.makeTempDir({ prefix: "looop-jsr-" });
  const manifest: Record<string, { size: number; checksum: string }> = {};
  const version = JSON.parse(await Deno.readTextFile(join(checkout, "deno.json"))).version;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "POST") {
      await unpack(await request.bytes(), dir);
      Object.assign(manifest, await manifestOf(dir));
      return Response.json({ id: "1", status: "success", error: null, ...ABOUT, version });
    }
    if (pathname === `/api/scopes/looop/packages/cli`) return Response.json(PACKAGE);
    if (pathname === "/@looop/cli/meta.json") {
      return Response.json({ scope: "looop", name: "cli", versions: { [version]: {} } });
    }
    if (pathname === `/@looop/cli/${version}_meta.json`) {
      return Response.json({ manifest, exports: { ".": "./mod.ts" } });
    }
    const file = pathname.slice(`/@looop/cli/${version}`.length);
    if (!Object.hasOwn(manifest, file)) return new Response(null, { status: 404 });
    return new Response(await Deno.readFile(join(dir, file)), {
      headers: { "content-type": file.endsWith(".ts") ? "text/typescript" : "text/plain" },
    });
  });
  const url = `http://127.0.0.1:${server.addr.port}/`;
  const registry: Registry = {
    url,
    dir,
    said: "",
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await Deno.remove(dir, { recursive: true });
    },
  };
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--token", "of-nobody", "--allow-dirty", "--no-check"],
    cwd: checkout,
    env: { JSR_URL: url, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stderr);
  if (success) return { ...registry, said };
  await registry[Symbol.asyncDispose]();
  throw new Error(`deno publish: ${said}`);
}

const ABOUT = { scope: "looop", package: "cli" };
const PACKAGE = { scope: "looop", name: "cli", description: "", githubRepository: null };

async function unpack(archive: Uint8Array<ArrayBuffer>, dir: string): Promise<void> {
  const tar = new Deno.Command("tar", { args: ["xzf", "-", "-C", dir], stdin: "piped" }).spawn();
  await new Response(archive).body!.pipeTo(tar.stdin);
  if (!(await tar.status).success) throw new Error("what was published does not unpack");
}

async function manifestOf(dir: string) {
  const manifest: Record<string, { size: number; checksum: string }> = {};
  for (const file of await filesIn(dir)) {
    const bytes = await Deno.readFile(join(dir, file));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    manifest[`/${file}`] = { size: bytes.length, checksum: `sha256-${digest}` };
  }
  return manifest;
}
