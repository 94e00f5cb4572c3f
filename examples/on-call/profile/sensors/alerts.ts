// looop: timeout=15 allow-net=localhost:9093
// The alerts that fire in Alertmanager. Trusted: the sensor prints only their names, which come from your own alerting
// rules. Labels and annotations can contain text by other people, such as the path of a request.

const ALERTMANAGER = "http://localhost:9093";

interface Alert {
  labels: Record<string, string>;
  startsAt: string;
}

const url = `${ALERTMANAGER}/api/v2/alerts?active=true&silenced=false&inhibited=false`;
const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
if (!response.ok) throw new Error(`Alertmanager answers with status ${response.status}`);
const alerts: Alert[] = await response.json();

function names(severity: string): string[] {
  const found = alerts.filter(({ labels }) => labels.severity === severity)
    .map(({ labels }) => labels.alertname.replace(/[^\w.-]/g, "_").slice(0, 60));
  return [...new Set(found)].sort().slice(0, 50);
}

console.log(JSON.stringify({
  signal: { critical: names("critical"), warning: names("warning") },
  detail: {
    firing: alerts.length,
    since: alerts.map(({ startsAt }) => startsAt).sort()[0] ?? null,
  },
}));
