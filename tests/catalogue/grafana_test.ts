import { assert, assertEquals } from "@std/assert";
import { catalogueProfile, hurry, readingOf, resultOf, signalOf } from "./catalogue_profile.ts";
import { deadOrigin, json, loopbackServer, rawServer } from "./loopback_server.ts";

const TOKEN = { GRAFANA_TOKEN: "glsa_canary" };

/** An alert as the Alertmanager API of Grafana gives it. */
const alert = (labels: Record<string, string>, more: Record<string, unknown> = {}) => ({
  annotations: { summary: `${labels.alertname} is wrong` },
  endsAt: "2026-11-24T10:04:00.000Z",
  fingerprint: crypto.randomUUID().slice(0, 16),
  generatorURL: "https://grafana.example.org/alerting/grafana/abc/view",
  receivers: [{ active: null, integrations: null, name: "email" }],
  startsAt: "2026-11-24T09:00:00.000Z",
  status: { inhibitedBy: [], silencedBy: [], state: "active" },
  updatedAt: new Date().toISOString(),
  labels: { __alert_rule_uid__: "abc", grafana_folder: "web", ...labels },
  ...more,
});

Deno.test("grafana gives each firing alert once, by name and chosen labels", async () => {
  const load = (instance: string) => alert({ alertname: "HighLoad", severity: "page", instance });
  const disk = alert({ alertname: "DiskFull", grafana_folder: "db" }, { annotations: undefined });
  const silenced = alert({ alertname: "Muted" }, { status: { state: "suppressed" } });
  await using server = loopbackServer(() => json([load("a"), disk, load("b"), silenced]));
  await using profile = await catalogueProfile("grafana", [`url=${server.origin}/sub/`], {
    env: TOKEN,
  });
  const reading = await readingOf(profile);
  assertEquals(reading.trusted, false);
  const signal = {
    firing: ["DiskFull (grafana_folder=db)", "HighLoad (grafana_folder=web, severity=page)"],
  };
  assertEquals(reading.result, {
    ok: true,
    value: {
      signal,
      detail: {
        "DiskFull (grafana_folder=db)": { instances: 1, summary: "" },
        "HighLoad (grafana_folder=web, severity=page)": {
          instances: 2,
          summary: "HighLoad is wrong",
        },
      },
    },
  });
  assertEquals(server.requests[0], {
    method: "GET",
    path: "/sub/api/alertmanager/grafana/api/v2/alerts?active=true&silenced=false&inhibited=false",
    authorization: "Bearer glsa_canary",
    body: "",
  });
  server.answer = () => json([load("c"), load("d"), load("a"), disk]);
  assertEquals(await signalOf(profile), signal);
  server.answer = () => json([]);
  assertEquals(await resultOf(profile), { signal: { firing: [] }, detail: {} });
});

Deno.test("grafana asks another Alertmanager, and tells alerts apart by other labels", async () => {
  await using server = loopbackServer(() =>
    json([alert({ alertname: "Down", instance: "b" }), alert({ alertname: "Down", instance: "a" })])
  );
  const set = [`url=${server.origin}`, "alertmanager=my uid/1", "labels=instance,none"];
  await using profile = await catalogueProfile("grafana", set, { env: TOKEN });
  assertEquals(await signalOf(profile), { firing: ["Down (instance=a)", "Down (instance=b)"] });
  assert(server.requests[0].path.startsWith("/api/alertmanager/my%20uid%2F1/api/v2/alerts?"));
});

Deno.test("grafana stays below the cap, and says that there is more", async () => {
  const many = Array.from(
    { length: 300 },
    (_, i) =>
      alert({ alertname: `${i} ${'\u0000"😀'.repeat(60)}`, severity: "😀".repeat(200) }, {
        annotations: { description: "\\\n".repeat(2000) },
      }),
  );
  many.push(alert({ alertname: "__proto__", grafana_folder: "" }));
  await using server = loopbackServer(() => json(many));
  await using profile = await catalogueProfile("grafana", [`url=${server.origin}`], { env: TOKEN });
  const { result, bytes } = await readingOf(profile);
  assert(result.ok && bytes > 3500 && bytes <= 8192, JSON.stringify(result));
  const { signal, detail } = result.value as {
    signal: { firing: string[]; more: boolean };
    detail: { untold: number };
  };
  assertEquals(signal.more, true);
  assertEquals(signal.firing, [...signal.firing].sort());
  assertEquals(Object.keys(detail).length - 1 + detail.untold, 301);
});

Deno.test("grafana says in one line what to do where it gets no alerts", async () => {
  await using server = loopbackServer(() => json([]));
  await using profile = await catalogueProfile("grafana", [`url=${server.origin}`], { env: TOKEN });
  const unlike = "its answer has another form than expected: check URL";
  const cases: [answer: () => Response, line: string][] = [
    [
      () => json({ message: "Invalid API key", messageId: "api-key.invalid" }, 401),
      "GRAFANA_TOKEN was refused: make a token for a service account",
    ],
    [
      () => json({ message: "You'll need additional permissions" }, 403),
      "GRAFANA_TOKEN may not read alerts: it needs alert.instances:read",
    ],
    [() => json({}, 404), "it knows no Alertmanager grafana: check URL and ALERTMANAGER"],
    [
      () => json({}, 429, { "retry-after": "7" }),
      "too many requests, wait 7 s (Retry-After): give its header a longer interval",
    ],
    [() => json({}, 502), "it answered with status 502: check URL, else wait"],
    [
      () => new Response(null, { status: 301, headers: { location: "http://127.0.0.1:1/login" } }),
      "it answered with status 301: check URL, else wait",
    ],
    [() => new Response("<html>login"), "its answer is no JSON: check URL"],
    [() => new Response('[{"labels":'), "its answer is no JSON: check URL"],
    [() => json({ status: "success", data: {} }), unlike],
    [() => json([null]), unlike],
    [() => json([{ labels: { alertname: "x" } }]), unlike],
  ];
  for (const [answer, line] of cases) {
    server.answer = answer;
    assertEquals(await resultOf(profile), `it exited with status 1: grafana: ${line}`);
  }
});

Deno.test("grafana says that its token is not set, that nobody is there, and that nothing came", async () => {
  const says = "it exited with status 1: grafana:";
  const set = [`url=${deadOrigin()}`, "token_variable=T"];
  await using unset = await catalogueProfile("grafana", set);
  assertEquals(await resultOf(unset), `${says} T is not set: looop needs it in its environment`);
  await using dead = await catalogueProfile("grafana", set, { env: { T: "glsa_canary" } });
  assertEquals(await resultOf(dead), `${says} cannot be reached: check the network and URL`);
  await using silent = await rawServer(null);
  await using slow = await catalogueProfile("grafana", [`url=${silent.origin}`], { env: TOKEN });
  await hurry(slow, "s.ts");
  assertEquals(await resultOf(slow), `${says} no answer within 3 s`);
});
