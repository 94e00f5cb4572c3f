import { assert, assertEquals } from "@std/assert";
import { catalogueProfile, hurry, readingOf, resultOf, signalOf } from "./catalogue_profile.ts";
import { deadOrigin, loopbackServer, rawServer } from "./loopback_server.ts";

Deno.test("http gives status and speed of each address, and no word of what a server sends", async () => {
  await using server = loopbackServer((request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/moved") return Response.redirect("http://127.0.0.1:1/", 302);
    if (pathname === "/busy") {
      return new Response("canary", { status: 429, headers: { "retry-after": "30" } });
    }
    return new Response("canary", { status: pathname === "/" ? 200 : 401, statusText: "canary" });
  });
  const set = [`urls=${server.origin}/key,${server.origin},${server.origin}/moved`];
  await using profile = await catalogueProfile("http", [...set, `urls=${server.origin}/busy`]);
  const reading = await readingOf(profile);
  assertEquals(reading.trusted, true);
  assert(reading.result.ok, JSON.stringify(reading.result));
  const { signal, detail } = reading.result.value as {
    signal: unknown;
    detail: Record<string, { ms: number; retry_after_s?: number }>;
  };
  assertEquals(signal, {
    [`${server.origin}/`]: { status: 200, speed: "fast" },
    [`${server.origin}/busy`]: { status: 429, speed: "fast" },
    [`${server.origin}/key`]: { status: 401, speed: "fast" },
    [`${server.origin}/moved`]: { status: 302, speed: "fast" },
  });
  const busy = detail[`${server.origin}/busy`];
  assertEquals(busy, { ms: busy.ms, retry_after_s: 30 });
  assert(!JSON.stringify(reading).includes("canary"));
  // Nothing of these is asked twice.
  assertEquals(server.requests.map(({ method, path }) => `${method} ${path}`).sort(), [
    "GET /",
    "GET /busy",
    "GET /key",
    "GET /moved",
  ]);
});

Deno.test("http takes the best of three tries, so that one fault or slow moment changes nothing", async () => {
  let count = 0;
  await using server = loopbackServer(async () => {
    count++;
    if (count === 1) return new Response(null, { status: 502 });
    if (count === 2) await new Promise((go) => setTimeout(go, 700));
    return new Response("fine");
  });
  await using profile = await catalogueProfile("http", [`urls=${server.origin}`, "slow_ms=500"]);
  assertEquals(await signalOf(profile), { [`${server.origin}/`]: { status: 200, speed: "fast" } });
  assertEquals(count, 3);
});

Deno.test("http calls slow what is slow each time, and a fault a fault", async () => {
  await using server = loopbackServer(async (request) => {
    if (request.url.endsWith("/fault")) return new Response(null, { status: 503 });
    await new Promise((go) => setTimeout(go, 60));
    return new Response("fine");
  });
  const set = [`urls=${server.origin},${server.origin}/fault`, "slow_ms=20"];
  await using profile = await catalogueProfile("http", set);
  const reading = await signalOf(profile) as Record<string, { status: number; speed: string }>;
  assertEquals(reading[`${server.origin}/`], { status: 200, speed: "slow" });
  assertEquals(reading[`${server.origin}/fault`].status, 503);
  assertEquals(server.requests.length, 6);
});

Deno.test("http gives down for what refuses, is silent, or speaks no HTTP", async () => {
  const dead = deadOrigin();
  await using silent = await rawServer(null);
  await using odd = await rawServer("220 mail.example.org ESMTP\r\n");
  await using profile = await catalogueProfile("http", [
    `urls=${dead},${silent.origin},${odd.origin}`,
  ]);
  await hurry(profile, "s.ts");
  const down = { status: null, speed: "down" };
  assertEquals(await resultOf(profile), {
    signal: { [`${dead}/`]: down, [`${odd.origin}/`]: down, [`${silent.origin}/`]: down },
    detail: {
      [`${dead}/`]: { why: "no connection, or no HTTP" },
      [`${odd.origin}/`]: { why: "no connection, or no HTTP" },
      [`${silent.origin}/`]: { why: "no answer within 3 s" },
    },
  });
});

Deno.test("http may ask the hosts and ports of its addresses alone", async () => {
  await using server = loopbackServer(() => new Response("fine"));
  await using profile = await catalogueProfile("http", ["urls=http://127.0.0.1:1/"]);
  const text = await profile.read("sensors/s.ts");
  await profile.write("sensors/s.ts", text.replace("http://127.0.0.1:1/", `${server.origin}/`));
  assertEquals(
    await resultOf(profile),
    `it needs allow-net=${server.origin.slice("http://".length)} in its header`,
  );
  assertEquals(server.requests, []);
});

Deno.test("http stays below the cap with as many addresses as it takes", async () => {
  await using server = loopbackServer(() => new Response("fine"));
  const urls = Array.from({ length: 20 }, (_, i) => `${server.origin}/${i}${"x".repeat(150)}`);
  await using profile = await catalogueProfile("http", [`urls=${urls}`]);
  const { result, bytes } = await readingOf(profile);
  assert(result.ok && bytes <= 8192, JSON.stringify(result));
  assertEquals(Object.keys(result.value.signal as Record<string, unknown>).length, 20);
});
