import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { canonicalJson, parseJson } from "../../src/schema/json.ts";
import { parseOutput } from "../../src/sense/output.ts";
import { freshSnapshot } from "../../src/sense/snapshot.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { putFile, someFile } from "./files.ts";
import { fuzz, ON_DISK_MS } from "./fuzz.ts";
import { hostileJson, jsonTexts } from "./hostile_json.ts";
import { mutated } from "./hostile_text.ts";

const value = fc.record({ signal: hostileJson(), detail: hostileJson() });
const printed = jsonTexts(value);
const bytes = fc.tuple(printed, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 })).map(
  ([text, changes]) => {
    const all = new TextEncoder().encode(text);
    for (const [at, byte] of changes) if (all.length > 0) all[at % all.length] = byte;
    return all;
  },
);

/** How deep a JSON value is, told without recursion. */
function depthOf(value: unknown): number {
  let depth = 0;
  for (let level = [value]; level.length > 0; depth++) {
    level = level.flatMap((one) =>
      typeof one === "object" && one !== null ? Object.values(one) : []
    );
  }
  return depth;
}

fuzz("sensor output", {
  input: fc.oneof(printed.map((text) => new TextEncoder().encode(text)), bytes),
  shares: { accepted: 0.2, refused: 0.2 },
  check(output) {
    const result = parseOutput(output);
    if (!result.ok) {
      assert(result.error.length < 200 && !/[\n\r]/.test(result.error));
      return "refused";
    }
    const { value } = result;
    assert(Object.getPrototypeOf(value) === Object.prototype, "it is no plain object");
    assert(depthOf(value) <= 101, "it is too deep");
    // It can be written, and reads back as the same: no Infinity, nothing lost.
    assertEquals(canonicalJson(parseJson(JSON.stringify(value))), canonicalJson(value));
    const text = new TextDecoder("utf-8", { fatal: true }).decode(output);
    assertEquals(JSON.stringify(value), JSON.stringify(parseJson(text)));
    return "accepted";
  },
});

const now = new Date("2026-11-23T09:30:00Z");
const time = fc.constantFrom(
  ...["2026-11-23T09:29:30.000Z", "2026-11-23T09:29:59.999Z", "2026-11-23T09:30:00.000Z"],
  ...[
    "2026-11-23T09:25:00.000Z",
    "2026-11-23T09:31:00.000Z",
    "now",
    "",
    "Mon, 23 Nov 2026 09:29:59 GMT",
  ],
);
const reading = fc.record({
  name: fc.constant("git"),
  file: fc.constant("git.sh"),
  at: time,
  trusted: fc.boolean(),
  script: fc.constant("5c"),
  ms: fc.constantFrom(0, 12),
  bytes: fc.constantFrom(0, 200),
  result: fc.oneof(
    { weight: 6, arbitrary: value.map((value) => ({ ok: true, value })) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<unknown>({ ok: false, error: "x" }, { ok: true, value: [] }),
    },
  ),
});

const profile = await tempProfile();
const { snapshots } = profile.paths;
globalThis.addEventListener("unload", () => Deno.removeSync(profile.root, { recursive: true }));

fuzz("snapshot", {
  input: fc.tuple(
    someFile(fc.oneof({ weight: 4, arbitrary: jsonTexts(reading) }, {
      weight: 1,
      arbitrary: mutated(reading.map((one) => JSON.stringify(one, null, 2))),
    })),
    fc.constantFrom(60, 60, 60, 0, 1, 600),
  ),
  deadlineMs: ON_DISK_MS,
  shares: { accepted: 0.05, refused: 0.3 },
  async check([file, interval]) {
    using _ = await putFile(snapshots, "git.json", file);
    const found = await freshSnapshot(snapshots, { name: "git", script: "5c", interval, now });
    if (!found) return "refused";
    const { name, script, at, trusted, ms, bytes, result, file: sensor, ...rest } = found;
    assertEquals([name, script, typeof sensor, rest], ["git", "5c", "string", {}]);
    assertEquals(new Date(at).toISOString(), at, "it is not the time of a reading");
    const age = now.getTime() - Date.parse(at);
    assert(age >= 0 && age < interval * 1000, `it is ${age} ms old`);
    assert(typeof trusted === "boolean" && ms >= 0 && bytes >= 0, `${ms} ms, ${bytes} bytes`);
    assert(result.ok && depthOf(result.value) <= 101);
    assertEquals(JSON.parse(canonicalJson(result.value)), JSON.parse(JSON.stringify(result.value)));
    return "accepted";
  },
});
