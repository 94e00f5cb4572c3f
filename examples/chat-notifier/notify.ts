/**
 * Posts each new ask of a loop to a webhook, for as long as it runs.
 *
 * deno run --allow-run --allow-net --allow-env --allow-read --allow-write notify.ts URL FILE
 *
 * URL: takes `{"text": …}`, as Slack, Mattermost, Zulip and others do. FILE: what was posted already.
 */

interface Item {
  /** Tells it from all others. */
  key: string;
  text: string;
  ask: string;
  worker?: string;
  options?: string[];
}

/** What is to be posted comes first, so that neither a crash nor an outage loses it. */
interface Memory {
  cursor: string | null;
  pending: Item[];
}

const [url, file] = Deno.args;
if (file === undefined) {
  console.error("usage: notify.ts URL FILE");
  Deno.exit(2);
}

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(name, () => stop.abort(name));
}

function read(): Memory {
  try {
    return JSON.parse(Deno.readTextFileSync(file));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { cursor: null, pending: [] };
    throw new Error(`cannot read ${file}; delete it, and all open asks are posted anew`, {
      cause: error,
    });
  }
}

function write(memory: Memory): void {
  Deno.writeTextFileSync(`${file}.tmp`, JSON.stringify(memory), { mode: 0o600 });
  Deno.renameSync(`${file}.tmp`, file);
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    stop.signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

/** A question can hold what strangers wrote: `<!channel>` in it is to call nobody. */
function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function render({ ask, text, worker, options = [] }: Item): string {
  const list = options.map((option) => `\n- ${option}`).join("");
  return escape(`${worker ?? "The loop"} asks (${ask}): ${text.slice(0, 3000)}${list}`) +
    `\n\`looop answer ${ask} …\``;
}

/** Whether the webhook took it. What it refuses for good would be refused for ever: it is told, and left out. */
async function post(item: Item): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": item.key },
      body: JSON.stringify({ text: render(item) }),
      redirect: "error",
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(30_000)]),
    });
    await response.body?.cancel();
    if (response.ok) return true;
    console.error(`ask ${item.ask}: the webhook answers with status ${response.status}`);
    return response.status === 400 || response.status === 413;
  } catch (error) {
    // The address is a secret, and some errors name it.
    console.error(`ask ${item.ask}: the webhook cannot be reached (${(error as Error).name})`);
    return false;
  }
}

/** Waits for new asks; `null` where there are none yet, or `looop wait` fails. */
async function wait(cursor: string | null): Promise<Memory | null> {
  const { stdout } = await new Deno.Command("looop", {
    args: ["wait", "--asks", "--json", ...(cursor === null ? [] : ["--since", cursor])],
    stdin: "null",
    stderr: "inherit",
    signal: stop.signal,
  }).output();
  try {
    const { items, cursor } = JSON.parse(new TextDecoder().decode(stdout));
    return { cursor, pending: items };
  } catch {
    return null; // it has said on stderr why
  }
}

let memory = read();
let failures = 0;
while (!stop.signal.aborted) {
  const [item, ...rest] = memory.pending;
  if (item === undefined) {
    const found = await wait(memory.cursor);
    if (found) write(memory = found);
    else await pause(5);
  } else if (await post(item)) {
    write(memory = { ...memory, pending: rest });
    failures = 0;
  } else {
    await pause(Math.min(2 ** failures++, 60));
  }
}
