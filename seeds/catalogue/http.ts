// looop: interval=60 timeout=50 allow-net=example.org:443
// Requests URLs with GET. The signal has the status and a speed class (fast, slow, down) of each, so an outage is a
// signal here, not an error. Trusted: of a server's answer it uses only the status code and the Retry-After number.

const URLS = ["https://example.org/"];
const SLOW_MS = 2000;

const LIMIT_MS = 10_000;
const ALL_BYTES = 8000;
const TRIES = 3;
const PAUSE_MS = 500;

interface Answer {
  status: number | null;
  speed: "fast" | "slow" | "down";
}

/** Ranks an answer; higher is worse. */
function rank({ status, speed }: Answer): number {
  if (status === null) return 3;
  return status >= 500 ? 2 : speed === "slow" ? 1 : 0;
}

async function askOnce(url: string): Promise<{ answer: Answer; detail: Record<string, unknown> }> {
  const from = performance.now();
  try {
    // A redirect counts as an answer, since its target may be a host that the header does not allow.
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(LIMIT_MS) });
    const ms = Math.round(performance.now() - from);
    response.body?.cancel().catch(() => {
      // The connection broke, but the status is known.
    });
    const wait = /^\d{1,9}$/.exec(response.headers.get("retry-after") ?? "")?.[0];
    return {
      answer: { status: response.status, speed: ms > SLOW_MS ? "slow" : "fast" },
      detail: { ms, ...wait === undefined ? {} : { retry_after_s: Number(wait) } },
    };
  } catch (error) {
    // looop reports which permission is missing.
    if (error instanceof Deno.errors.NotCapable) throw error;
    const late = error instanceof DOMException && error.name === "TimeoutError";
    const why = late ? `no answer within ${LIMIT_MS / 1000} s` : "no connection, or no HTTP";
    return { answer: { status: null, speed: "down" }, detail: { why } };
  }
}

/** Returns the best of a few tries, so that one lost packet or slow moment is not a change. */
async function ask(url: string) {
  let best = await askOnce(url);
  for (let i = 1; i < TRIES && rank(best.answer) > 0; i++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const next = await askOnce(url);
    if (rank(next.answer) < rank(best.answer)) best = next;
  }
  return { url, ...best };
}

const all = await Promise.all([...new Set(URLS)].sort().map(ask));
const signal = Object.fromEntries(all.map(({ url, answer }) => [url, answer]));
let printed = JSON.stringify({ signal });
// Add as much detail as fits, the worst answers first.
const worst = [...all].sort((a, b) => rank(b.answer) - rank(a.answer));
for (let count = 1; count <= worst.length; count++) {
  const detail = Object.fromEntries(worst.slice(0, count).map(({ url, detail }) => [url, detail]));
  const longer = JSON.stringify({ signal, detail });
  if (new TextEncoder().encode(longer).length > ALL_BYTES) break;
  printed = longer;
}
console.log(printed);
