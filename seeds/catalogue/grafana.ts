// looop: interval=120 timeout=50 trust=untrusted allow-net=grafana.example.org:443 allow-env=GRAFANA_TOKEN
// The alerts that fire in Grafana and are neither silenced nor inhibited, from its Alertmanager API. The signal has the
// name and LABELS of each alert; other labels and the number of instances do not wake the loop. Untrusted: labels and
// annotations carry text from the monitored systems.

const URL = "https://grafana.example.org";
const TOKEN_VARIABLE = "GRAFANA_TOKEN";
// Grafana's own Alertmanager, or the uid of an Alertmanager data source.
const ALERTMANAGER = "grafana";
const LABELS = ["grafana_folder", "severity"];

const LIMIT_MS = 20_000;
const SIGNAL_BYTES = 4000;
const ALL_BYTES = 8000;
const QUERY = "active=true&silenced=false&inhibited=false";

interface Alert {
  labels: Record<string, string>;
  annotations?: Record<string, string>;
  status: { state: string };
}

function fail(why: string): never {
  console.error(`grafana: ${why}`);
  Deno.exit(1);
}

async function ask(token: string): Promise<{ response: Response; text: string }> {
  const path = `/api/alertmanager/${encodeURIComponent(ALERTMANAGER)}/api/v2/alerts?${QUERY}`;
  try {
    const response = await fetch(URL.replace(/\/+$/, "") + path, {
      redirect: "manual",
      headers: { accept: "application/json", authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    return { response, text: await response.text() };
  } catch (error) {
    // looop reports which permission is missing.
    if (error instanceof Deno.errors.NotCapable) throw error;
    const late = error instanceof DOMException && error.name === "TimeoutError";
    fail(late ? `no answer within ${LIMIT_MS / 1000} s` : "cannot be reached: check the network and URL");
  }
}

/** Returns the firing alerts. Exits if the answer is an error or has an unexpected form. */
function alertsOf({ response, text }: { response: Response; text: string }): Alert[] {
  const { status } = response;
  if (status === 401) fail(`${TOKEN_VARIABLE} was refused: make a token for a service account`);
  if (status === 403) fail(`${TOKEN_VARIABLE} may not read alerts: it needs alert.instances:read`);
  if (status === 429) {
    const wait = /^\d{1,9}$/.exec(response.headers.get("retry-after") ?? "")?.[0];
    const when = wait === undefined ? "" : `, wait ${wait} s (Retry-After)`;
    fail(`too many requests${when}: give its header a longer interval`);
  }
  if (status === 404) fail(`it knows no Alertmanager ${ALERTMANAGER}: check URL and ALERTMANAGER`);
  if (!response.ok) fail(`it answered with status ${status}: check URL, else wait`);
  let alerts: Alert[];
  try {
    alerts = JSON.parse(text);
  } catch {
    fail("its answer is no JSON: check URL");
  }
  if (!Array.isArray(alerts) || !alerts.every(isAlert)) {
    fail("its answer has another form than expected: check URL");
  }
  // Other implementations of the API may ignore the query.
  return alerts.filter((alert) => alert.status.state === "active");
}

function isAlert(alert: Partial<Alert> | null): boolean {
  return typeof alert?.labels === "object" && alert.labels !== null &&
    typeof alert.status?.state === "string";
}

function clean(text: unknown, max: number): string {
  const characters = [...String(text ?? "").toWellFormed().replace(/[\p{C}\s]+/gu, " ").trim()];
  return characters.length <= max ? characters.join("") : `${characters.slice(0, max - 1).join("")}…`;
}

function bytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** `HighLoad (grafana_folder=web, severity=page)` */
function nameOf({ labels }: Alert): string {
  const told = LABELS.filter((label) => Object.hasOwn(labels, label))
    .map((label) => `${clean(label, 40)}=${clean(labels[label], 60)}`);
  const name = clean(labels.alertname ?? "an alert without a name", 100);
  return told.length === 0 ? name : `${name} (${told.join(", ")})`;
}

const token = Deno.env.get(TOKEN_VARIABLE);
if (!token) fail(`${TOKEN_VARIABLE} is not set: looop needs it in its environment`);
const instances = new Map<string, Alert[]>();
for (const alert of alertsOf(await ask(token))) {
  const name = nameOf(alert);
  instances.set(name, [...instances.get(name) ?? [], alert]);
}
const names = [...instances.keys()].sort();
const firing: string[] = [];
for (const name of names) {
  if (bytes([...firing, name]) > SIGNAL_BYTES) break;
  firing.push(name);
}
const signal = firing.length === names.length ? { firing } : { firing, more: true };
let told: Record<string, unknown> = {};
for (const name of names) {
  const alerts = instances.get(name) ?? [];
  const { summary, description } = alerts[0].annotations ?? {};
  const next = { instances: alerts.length, summary: clean(summary ?? description, 160) };
  const more = { ...told, [name]: next };
  if (bytes({ signal, detail: { ...more, untold: names.length } }) > ALL_BYTES) break;
  told = more;
}
const untold = names.length - Object.keys(told).length;
console.log(JSON.stringify({ signal, detail: untold > 0 ? { ...told, untold } : told }));
