import { assert, assertEquals } from "@std/assert";
import { catalogueProfile, hurry, readingOf, resultOf, signalOf } from "./catalogue_profile.ts";
import { deadOrigin, json, loopbackServer, rawServer } from "./loopback_server.ts";

const KEY = { LINEAR_API_KEY: "lin_api_canary" };

const issue = (identifier: string, more: Record<string, unknown> = {}) => ({
  identifier,
  title: `Title of ${identifier}`,
  url: `https://linear.app/acme/issue/${identifier}`,
  priority: 0,
  dueDate: null,
  state: { name: "In Progress" },
  ...more,
});

const assigned = (nodes: unknown[], hasNextPage = false) =>
  json({ data: { viewer: { assignedIssues: { nodes, pageInfo: { hasNextPage } } } } });

/** As Linear words its errors. */
const graphqlError = (code: string, message: string, status: number, headers = {}) =>
  json({ errors: [{ message, extensions: { code, type: code.toLowerCase() } }] }, status, headers);

const at = (origin: string) => [`url=${origin}/graphql`];

Deno.test("linear gives the open issues by identifier, whatever their order, and titles only as detail", async () => {
  const one = issue("ENG-2", { priority: 1, dueDate: "2026-12-01" });
  await using server = loopbackServer(() => assigned([one, issue("ENG-10")]));
  await using profile = await catalogueProfile("linear", at(server.origin), { env: KEY });
  const reading = await readingOf(profile);
  assertEquals(reading.trusted, false);
  assertEquals(reading.result, {
    ok: true,
    value: {
      signal: { open: { "ENG-10": "In Progress P0", "ENG-2": "In Progress P1 due 2026-12-01" } },
      detail: {
        issues: [
          { id: "ENG-10", title: "Title of ENG-10", url: "https://linear.app/acme/issue/ENG-10" },
          { id: "ENG-2", title: "Title of ENG-2", url: "https://linear.app/acme/issue/ENG-2" },
        ],
      },
    },
  });
  const [{ method, path, authorization, body }] = server.requests;
  assertEquals({ method, path, authorization }, {
    method: "POST",
    path: "/graphql",
    authorization: "lin_api_canary",
  });
  assert(JSON.parse(body).query.includes("viewer {\n    assignedIssues("), body);
  server.answer = () => assigned([issue("ENG-10", { title: "Other words" }), one]);
  assertEquals(await signalOf(profile), {
    open: { "ENG-10": "In Progress P0", "ENG-2": "In Progress P1 due 2026-12-01" },
  });
  server.answer = () => assigned([one, issue("ENG-10", { state: { name: "In Review" } })]);
  assertEquals(await signalOf(profile), {
    open: { "ENG-10": "In Review P0", "ENG-2": "In Progress P1 due 2026-12-01" },
  });
});

Deno.test("linear sends every key but a personal one behind Bearer", async () => {
  await using server = loopbackServer(() => assigned([]));
  const settings = [...at(server.origin), "key_variable=MY_KEY"];
  await using profile = await catalogueProfile("linear", settings, { env: { MY_KEY: "oauth" } });
  assertEquals(await signalOf(profile), { open: {} });
  assertEquals(server.requests[0].authorization, "Bearer oauth");
});

Deno.test("linear stays below the cap, and says that there is more", async () => {
  const many = Array.from({ length: 50 }, (_, i) =>
    issue(`LONGTEAMKEY-${1000 + i}`, {
      title: '👩‍👩‍👧‍👦\u0000"\\'.repeat(100),
      url: "ü".repeat(500),
      state: { name: "😀".repeat(100) },
    }));
  await using server = loopbackServer(() => assigned(many, true));
  await using profile = await catalogueProfile("linear", at(server.origin), { env: KEY });
  const { result, bytes } = await readingOf(profile);
  assert(result.ok && bytes > 4000 && bytes <= 8192, `${bytes} bytes`);
  const { signal, detail } = result.value as {
    signal: { open: Record<string, string>; more: boolean };
    detail: { issues: unknown[]; untold: number };
  };
  assertEquals(signal.more, true);
  assertEquals(Object.values(signal.open)[0], `${"😀".repeat(29)}… P0`);
  assert(detail.issues.length > 0);
  assertEquals(detail.issues.length + detail.untold, 50);
});

Deno.test("linear says in one line what to do where it gets no issues", async () => {
  await using server = loopbackServer(() => assigned([]));
  await using profile = await catalogueProfile("linear", at(server.origin), { env: KEY });
  const refused =
    "linear: LINEAR_API_KEY was refused: make a key in Linear, under Security & access";
  const unlike = "linear: its answer has another form than expected: check URL";
  const cases: [answer: () => Response, line: string][] = [
    [
      () => graphqlError("AUTHENTICATION_ERROR", "Authentication required, not authenticated", 401),
      refused,
    ],
    [() => graphqlError("AUTHENTICATION_ERROR", "Authentication required", 400), refused],
    [() => new Response("no", { status: 401 }), refused],
    [
      () => json({}, 403),
      "linear: LINEAR_API_KEY may not read issues: give the key that right",
    ],
    [
      () => graphqlError("RATELIMITED", "Rate limit exceeded", 400, { "retry-after": "60" }),
      "linear: too many requests, wait 60 s (Retry-After): give its header a longer interval",
    ],
    [() => json({}, 429), "linear: too many requests: give its header a longer interval"],
    [
      () => json({}, 429, { "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" }),
      "linear: too many requests: give its header a longer interval",
    ],
    [
      () => graphqlError("INPUT_ERROR", 'Cannot query field "x"\u001b[31m\non type "User".', 200),
      'linear: it refused the query: Cannot query field "x" [31m on type "User".',
    ],
    [() => json({}, 503), "linear: it answered with status 503: check URL, else wait"],
    [
      () => new Response(null, { status: 302, headers: { location: "http://127.0.0.1:1/" } }),
      "linear: it answered with status 302: check URL, else wait",
    ],
    [() => new Response("<html>"), "linear: its answer is no JSON: check URL"],
    [() => json([]), unlike],
    [() => json(null), "linear: its answer is no JSON: check URL"],
    [() => json({ data: { viewer: null } }), unlike],
    [() => assigned([null]), unlike],
    [() => assigned([{ identifier: "ENG-1" }]), unlike],
  ];
  for (const [answer, line] of cases) {
    server.answer = answer;
    assertEquals(await resultOf(profile), `it exited with status 1: ${line}`);
  }
});

Deno.test("linear says that its key is not set, that nobody is there, and that no HTTP, or nothing, came", async () => {
  await using noKey = await catalogueProfile("linear", at(deadOrigin()));
  assertEquals(
    await resultOf(noKey),
    "it exited with status 1: linear: LINEAR_API_KEY is not set: looop needs it in its environment",
  );
  const unreachable =
    "it exited with status 1: linear: cannot be reached: check the network and URL";
  await using dead = await catalogueProfile("linear", at(deadOrigin()), { env: KEY });
  assertEquals(await resultOf(dead), unreachable);
  await using server = await rawServer("SSH-2.0-OpenSSH\r\n");
  await using other = await catalogueProfile("linear", at(server.origin), { env: KEY });
  assertEquals(await resultOf(other), unreachable);
  await using silent = await rawServer(null);
  await using slow = await catalogueProfile("linear", at(silent.origin), { env: KEY });
  await hurry(slow, "s.ts");
  assertEquals(
    await resultOf(slow),
    "it exited with status 1: linear: no answer within 3 s",
  );
});
