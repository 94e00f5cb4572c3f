import fc from "fast-check";

/** How long one input may keep the process from doing anything else, in seconds. */
const PATIENCE_S = 30;
/** How many bytes of a hanging input are told. */
const ROOM = 4096;

/** Watches one input at a time. */
export interface Watch extends Disposable {
  begin(input: unknown): void;
  end(): void;
}

// In a thread of its own, since a hang keeps this one from looking at any clock. It ends the whole process.
const SOURCE = `
onmessage = ({ data: { name, shared } }) => {
  const [state] = [new Int32Array(shared, 0, 3)];
  let seen = -1, since = 0;
  setInterval(() => {
    const [busy, count, length] = state;
    if (!busy || count !== seen) { seen = count; since = Date.now(); return; }
    if (Date.now() - since < ${PATIENCE_S * 1000}) return;
    const input = new TextDecoder().decode(new Uint8Array(shared, 12, length).slice());
    const text = name + ": hangs for ${PATIENCE_S} s at input " + count + ", which begins: " + input + "\\n";
    Deno.stderr.writeSync(new TextEncoder().encode(text));
    setTimeout(() => Deno.kill(Deno.pid, "SIGKILL"), 500);
    seen = -2;
  }, 1000);
};`;

/** Starts to watch: an input that hangs ends the process, and is named on stderr. */
export function watch(name: string): Watch {
  const shared = new SharedArrayBuffer(12 + ROOM);
  const state = new Int32Array(shared, 0, 3);
  const room = new Uint8Array(shared, 12);
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(SOURCE)}`, {
    type: "module",
  });
  worker.postMessage({ name, shared });
  return {
    begin(input) {
      const text = typeof input === "string" ? input.slice(0, ROOM) : fc.stringify(input);
      const bytes = new TextEncoder().encode(text).subarray(0, ROOM);
      room.set(bytes);
      state[2] = bytes.length;
      state[1]++;
      state[0] = 1;
    },
    end: () => void (state[0] = 0),
    [Symbol.dispose]: () => worker.terminate(),
  };
}
