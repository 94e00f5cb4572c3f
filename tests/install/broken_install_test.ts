import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { eventually } from "../support/eventually.ts";
import { machine, SCRIPT } from "./machine.ts";
import { type Answer, latest, releaseOf } from "./release_server.ts";

Deno.test("install.sh installs nothing that it cannot check", async () => {
  const good = await releaseOf("looop 0.2.0", ["linux-x64"]);
  const flipped = good["looop-linux-x64.gz"].slice();
  flipped[flipped.length - 9] ^= 1;
  const cases: [Record<string, Answer | null>, RegExp][] = [
    [
      { "looop-linux-x64.gz": flipped },
      /cannot install looop-linux-x64\.gz: its SHA-256 is [0-9a-f]{64}, but the release has [0-9a-f]{64};/,
    ],
    [
      { "looop-linux-x64.gz": "<html>login</html>" },
      /cannot install looop-linux-x64\.gz: its SHA-256 is/,
    ],
    [{ "looop-linux-x64.gz": "" }, /cannot install looop-linux-x64\.gz: its SHA-256 is/],
    [
      { SHA256SUMS: null },
      /cannot verify looop-linux-x64.gz: http.*SUMS is not available \(.*404\); nothing was installed/,
    ],
    [{ SHA256SUMS: "" }, /SHA256SUMS does not list it/],
    [{ SHA256SUMS: `${"0".repeat(64)}  looop-linux-x64.gz.old\n` }, /SHA256SUMS does not list it/],
    [{ SHA256SUMS: () => new Response("", { status: 500 }) }, /cannot verify .*500/],
    [{ "looop-linux-x64.gz": () => new Response("", { status: 500 }) }, /cannot download .*500/],
    [
      { "looop-linux-x64.gz": () => cutOff(good["looop-linux-x64.gz"]) },
      /cannot download .*gz \(curl: /,
    ],
  ];
  for (const [other, message] of cases) {
    await using server = await latest(other);
    await using here = await machine();
    await here.stand("deno", 'echo "$@" >> "$HOME/deno"');
    await Deno.mkdir(join(here.home, ".local/bin"), { recursive: true });
    await Deno.writeTextFile(join(here.home, ".local/bin/looop"), "the old one");
    const { code, stderr } = await here.install({ LOOOP_BASE_URL: server.url });
    assertEquals(code, 1);
    assertMatch(stderr, message);
    assertEquals(await here.installed(), ["looop"]);
    assertEquals(await Deno.readTextFile(join(here.home, ".local/bin/looop")), "the old one");
    assertEquals(await Deno.stat(join(here.home, "deno")).catch(() => "not called"), "not called");
  }
});

/** An answer whose connection breaks before its end. */
function cutOff(bytes: Uint8Array<ArrayBuffer>): Response {
  return new Response(new Blob([bytes.subarray(0, 20)]).stream(), {
    headers: { "content-length": String(bytes.length) },
  });
}

Deno.test("install.sh leaves nothing behind when it is stopped in the middle of a download", async () => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const asked = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    await using server = await latest({
      "looop-linux-x64.gz": () => {
        asked.resolve();
        const body = new ReadableStream({
          start: (controller) => controller.enqueue(new Uint8Array(1000)),
          pull: () => held.promise,
        });
        return new Response(body);
      },
    });
    await using here = await machine();
    // A group of its own, as a terminal gives it, so that Ctrl-C reaches all of it.
    const child = new Deno.Command(join(here.bin, "setsid"), {
      args: [join(here.bin, "dash"), SCRIPT],
      clearEnv: true,
      env: { ...here.env, LOOOP_BASE_URL: server.url },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    await asked.promise;
    await eventually("it has its directory", async () => (await here.installed()).length === 1);
    await new Deno.Command("kill", { args: [`-${signal.slice(3)}`, "--", `-${child.pid}`] })
      .output();
    const { code } = await child.status;
    held.resolve();
    assertEquals(code, { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal]);
    assertEquals(await here.installed(), []);
  }
});

Deno.test("install.sh does nothing where a broken connection cut it off", async () => {
  await using server = await latest();
  await using here = await machine();
  const script = await Deno.readTextFile(SCRIPT);
  const last = script.trimEnd().lastIndexOf("\n") + 1;
  assertEquals(script.slice(last), 'main "$@"\n');
  const cuts = [last, last + 1, last + 3];
  for (let at = 1; at < last; at += 97) cuts.push(at);
  for (const at of cuts) {
    await here.install({ LOOOP_BASE_URL: server.url }, ["dash"], script.slice(0, at));
    assertEquals([await here.installed(), server.asked], [[], []], `cut at ${at}`);
  }
});
