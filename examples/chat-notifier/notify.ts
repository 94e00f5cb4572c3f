/**
 * Posts each new ask of a loop to a webhook until it is stopped.
 *
 * deno run --allow-run --allow-net --allow-env --allow-read --allow-write notify.ts URL FILE
 *
 * URL: a webhook that takes `{"text": …}`, as of Slack, Mattermost, Zulip and others. FILE: the cursor and the asks that are
 * still to be posted.
 */

interface Item {
  /** Unique among all items. */
  key: string;
  text: string;
  ask: string;
  worker?: string;
  options?: string[];
}

/** Stored before an item is posted, so that neither a crash nor an outage loses it. */
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
    throw new Error(`cannot read ${file}; delete it to post all open asks again`, {
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

/** A question can contain untrusted input: `<!channel>` in it must not notify the channel. */
function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function render({ ask, text, worker, options = [] }: Item): string {
  const list = options.map((option) => `\n- ${option}`).join("");
  return escape(`${worker ?? "The loop"} asks (${ask}): ${text.slice(0, 3000)}${list}`) +
    `\n\`looop answer ${ask} …\``;
}

/** Returns whether to remove the item: it was accepted, or rejected with a status that a retry would not change. */
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
    console.error(`ask ${item.ask}: the webhook answered with status ${response.status}`);
    return response.status === 400 || response.status === 413;
  } catch (error) {
    if (stop.signal.aborted) return false; // the next start posts it again
    // The URL is a secret, and some errors contain it.
    console.error(`ask ${item.ask}: the webhook cannot be reached (${(error as Error).name})`);
    return false;
  }
}

/** Waits for new asks. Returns `null` if there are none yet, or if `looop wait` failed. */
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
    return null; // looop printed the reason on stderr
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
