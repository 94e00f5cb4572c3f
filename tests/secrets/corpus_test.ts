import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { maskedTerminal } from "../../src/cli/main.ts";
import { findAsk, writeAsk } from "../../src/inbox/asks.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { makeMask } from "../../src/mask/mask.ts";
import words from "../../src/mask/words.txt" with { type: "text" };
import { appendEvent } from "../../src/profile/journal.ts";
import type { CodeSensor } from "../../src/schema/world.ts";
import { memoryTerminal } from "../support/memory_terminal.ts";
import { scripted } from "../support/scripted_decider.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { type Credential, credentials, ENCODINGS, tracesOf } from "./corpus.ts";

const KINDS = credentials();
const env = Object.fromEntries(KINDS.map(({ name, value }) => [name, value]));

/** What each surface shows of a credential in an encoding, from its marker on. */
type Shown = (marker: string) => string;

/** One text for each credential and encoding, after its marker. */
function textsOf({ name, secret }: Credential): [marker: string, text: string][] {
  return Object.entries(ENCODINGS).map(([encoding, encode]) => [
    `@${name}-${encoding.replaceAll(" ", "")}@`,
    encode(secret),
  ]);
}

/** Finds what stands between a marker and the next one. */
const after = (whole: string): Shown => (marker) =>
  whole.includes(marker) ? whole.split(marker)[1].split("@")[0] : "(nothing)";

/** Puts every text on every surface. */
async function surfacesOf(profile: TempProfile): Promise<Record<string, Shown>> {
  const sensors: Record<string, CodeSensor> = {};
  const terminal = memoryTerminal();
  const shown = maskedTerminal(terminal, () => profile.mask);
  let asked = "";
  for (const [i, credential] of KINDS.entries()) {
    const texts = textsOf(credential);
    sensors[`s${i}`] = () => ({ signal: texts.map(([marker, text]) => `${marker}${text}@`) });
    const all = texts.map(([marker, text]) => `${marker} ${text} @`).join("\n");
    shown.out(all);
    await appendEvent(profile, { event: "warning", text: all });
    const ask = { kind: "question", asked_at: "2026-11-23T09:30:00.000Z", run_id: "r" } as const;
    await writeAsk(profile, { id: `q${i}`, question: all, ...ask });
    asked += (await findAsk(profile, `q${i}`))?.question;
  }
  const decider = scripted();
  const result = await tickOnce(profile, { decider: decider.decide, sensors });
  assert(result.outcome === "moved", JSON.stringify(result));
  const snapshots = await Promise.all(KINDS.map((_, i) => profile.read(`snapshots/s${i}.json`)));
  const printed = snapshots.map((text) => JSON.parse(text).result.value.signal.join("\n"));
  return {
    prompt: after(decider.prompts[0]),
    snapshot: after(printed.join("\n")),
    ask: after(asked),
    event: after(await profile.read("events.jsonl")),
    terminal: after(terminal.stdout),
    run: after(await profile.read(`runs/${result.run_id}/prompt.md`)),
  };
}

Deno.test("every kind of credential is masked in every encoding on every surface", async () => {
  await using profile = await tempProfile({ env, history: false });
  const surfaces = await surfacesOf(profile);
  const misses: string[] = [];
  let tried = 0;
  for (const [surface, shownAfter] of Object.entries(surfaces)) {
    for (const credential of KINDS) {
      for (const [marker, text] of textsOf(credential)) {
        const shown = shownAfter(marker);
        const left = tracesOf(text).filter((trace) => shown.includes(trace));
        tried++;
        if (!shown.includes("[masked ") || left.length > 0) {
          misses.push(`${surface}: ${credential.kind}: ${marker} ${JSON.stringify(shown)}`);
        }
      }
    }
  }
  const kinds = `${KINDS.length} kinds × ${Object.keys(ENCODINGS).length} encodings`;
  const rate = (100 * (tried - misses.length) / tried).toFixed(2);
  console.log(`${kinds} × ${Object.keys(surfaces).length} surfaces: ${rate} % of ${tried} masked`);
  assertEquals(misses, []);
});

Deno.test("the mask of every kind of credential changes no word that users read", async () => {
  const mask = makeMask(env, []);
  const root = fromFileUrl(new URL("../../", import.meta.url));
  for (const path of ["README.md", "seeds/manual.md", "seeds/decider.md", "docs/tick.md"]) {
    const text = await Deno.readTextFile(root + path);
    assertEquals(mask(text), text, path);
  }
});

Deno.test("a secret that is a common word masks nothing, nor do nearly all words of looop's manual", async () => {
  const root = fromFileUrl(new URL("../../", import.meta.url));
  const manual = await Deno.readTextFile(`${root}seeds/manual.md`);
  const own = [...new Set(manual.toLowerCase().match(/\b[a-z]{4,}\b/g) ?? [])];
  const common = words.split(/\s+/).filter(Boolean);
  const environment = Object.fromEntries(
    [...own, ...common].map((word, i) => [`K${i}_PASSWORD`, word]),
  );
  const mask = makeMask(environment, []);
  assertEquals(common.filter((word) => mask(word) !== word), []);
  // An edit of the manual may bring new ones.
  const masked = own.filter((word) => mask(word) !== word);
  assert(masked.length <= 0.03 * own.length, masked.join(" "));
});
