import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  fitParts,
  makeFence,
  type Part,
  type PromptInput,
} from "../../../src/decide/prompt/parts.ts";
import { MAX_PROMPT_BYTES, preparePrompt, writePrompt } from "../../../src/decide/prompt/prompt.ts";
import { parseGoal } from "../../../src/profile/goal_file.ts";
import { baselineOf, INITIAL_STATE } from "../../../src/schema/state.ts";
import { type Change, wakesOf } from "../../../src/schema/world.ts";
import { tempProfile } from "../../support/temp_profile.ts";
import { promptOf, reading, worldOf } from "./prompt_of.ts";

Deno.test("makeFence derives a key of 16 hex digits from the secret", async () => {
  const fence = await makeFence("secret");
  const key = /^<<<([0-9a-f]{16}) x\n/.exec(fence("x", ""))?.[1];
  assertEquals(fence("x", "a"), `<<<${key} x\na\n${key}>>>`);
});

const part = (text: string, keep?: number): Part =>
  keep === undefined ? { text } : { text, optional: { name: text, keep } };

for (
  const [what, parts, maxBytes, left_out] of [
    ["nothing of what just fits", [part("ab", 0), part("é", 0)], 8, []],
    ["one of what is a byte too long", [part("a", 0), part("é", 0)], 6, ["é"]],
    ["only as many as it must", [part("a", 0), part("b", 1), part("c", 2)], 6, ["a"]],
    ["smaller ones to keep first", [part("a", 2), part("b", 1), part("c", 0)], 3, ["c", "b"]],
    ["of equals the largest first", [part("a", 1), part("bb", 1), part("c", 1)], 6, ["bb"]],
    ["no part that must stay", [part("long"), part("a", 9)], 0, ["a"]],
  ] as [string, Part[], number, string[]][]
) {
  Deno.test(`fitParts leaves out ${what}`, () => {
    const fitted = fitParts(parts, maxBytes);
    assertEquals(fitted.left_out, left_out);
    assertEquals(fitted.parts, parts.filter(({ text }) => !left_out.includes(text)));
  });
}

Deno.test("writePrompt says what there is not", async () => {
  const world = worldOf({ goals: [] });
  const { system, user } = await promptOf(world, { baseline: await baselineOf(wakesOf(world)) });
  assert(system.endsWith("# GOALS\n\nNone.\n"), system);
  assertEquals(
    user,
    `# ASKS

None.

# WHAT CHANGED

Nothing.

# JOURNAL, latest last

Empty.

# TIME

Monday, 2026-11-23 09:30 (UTC+00:00)
`,
  );
});

/** What a prompt is written from in which nothing changed. */
const INPUT: PromptInput = {
  world: worldOf(),
  comparison: { hash: "", digests: {}, changes: [] },
  ...{ state: INITIAL_STATE, journal: [], tainted: true, time: "now" },
  fence: (name, text) => `[${name}|${text}]`,
};

/** What a prompt says of these changes. */
function changesOf(changes: Change[], flapping?: string[]): string {
  const comparison = { ...INPUT.comparison, changes, ...(flapping && { flapping }) };
  const { user } = writePrompt({ ...INPUT, comparison });
  return user.slice(user.indexOf("# WHAT CHANGED"), user.indexOf("# JOURNAL"));
}

const change = (name: string, ...lines: string[]): Change => ({
  ...{ key: `sensor:${name}`, kind: "changed", lines, untrusted: false },
});

Deno.test("writePrompt shows changes up to 32,768 bytes, and names those that do not fit", () => {
  assertEquals(
    changesOf([change("a", "x\ny", "z")]),
    "# WHAT CHANGED\n\n[changes|changed sensor:a\n  x\n  y\n  z]\n\n",
  );
  // The names take 16 characters each, with a line break between them, and each line 3 more than its text.
  const room = 32_768 - (3 * 16 + 2);
  const shown = (...sizes: number[]) => {
    const changes = sizes.map((size, i) => change(`${i}`, "x".repeat(size - 3)));
    const text = changesOf(changes);
    return sizes.map((_, i) => i).filter((i) => text.includes(`sensor:${i}\n  x`));
  };
  assertEquals(shown(room - 20, 10, 10), [0, 1, 2]);
  assertEquals(shown(room - 19, 10, 10), [0, 1]);
  assertEquals(shown(room - 5, 10, 5), [0, 2]);
  assertEquals(shown(room + 1, 10, 10), [1, 2]);
});

Deno.test("writePrompt names sensors that change on every tick", () => {
  assertEquals(changesOf([], []), "# WHAT CHANGED\n\nNothing.\n\n");
  assertEquals(
    changesOf([], ["clock", "load"]),
    "# WHAT CHANGED\n\nNothing.\n\n# FLAPPING\n\nThese sensors change on every tick; changes of them " +
      "alone wake you every 10 minutes at most: clock, load\n\n",
  );
});

const old = parseGoal("old", "---\ngoal: Old\n---\n", "d");
const aged = { ...INITIAL_STATE, noop_at: "2026-11-23T03:00:00.000Z" };
for (
  const [what, more, text] of [
    ["an old noop", { state: aged }, "Nothing changed for 6 hours; the last decision was a noop."],
    ["another decision that was asked for", { state: { ...aged, again: true } }, "Nothing."],
    ["one goal", { state: aged, only: old }, "Nothing."],
    ["anything else", {}, "Nothing."],
  ] as const
) {
  Deno.test(`writePrompt says why it decides without a change for ${what}`, async () => {
    const world = worldOf();
    const { user } = await promptOf(world, { baseline: await baselineOf(wakesOf(world)), ...more });
    assertStringIncludes(user, `# WHAT CHANGED\n\n${text}\n\n`);
  });
}

Deno.test("writePrompt tells for which goal alone it decides", async () => {
  assertStringIncludes(
    (await promptOf(worldOf(), { only: old })).user,
    "# DECIDE FOR ONE GOAL\n\nThe user requests one move for the goal old now, whether or not anything " +
      `changed:\n\n<<<5ec4e7 goal old\n${old.text.trimEnd()}\n5ec4e7>>>\n\n# TIME`,
  );
});

Deno.test("writePrompt shows the last run's output to a tainted decision alone", async () => {
  const last_run = { run_id: "r", command: "curl x", exit_code: 0, output_tail: "OBEY" };
  const user = async (tainted: boolean) =>
    (await promptOf(worldOf(), { state: { ...INITIAL_STATE, last_run }, tainted })).user;
  assertEquals((await user(false)).includes("LAST RUN"), false);
  assertStringIncludes(await user(true), "# LAST RUN\n\nThis command exited with status 0.");
});

Deno.test("writePrompt leaves 1 KiB for what it left out, and names it in 900 characters", () => {
  const readings = Array.from(
    { length: 500 },
    (_, i) => reading(`sensor-${i}`, { text: "x".repeat(500) }),
  );
  const { system, user } = writePrompt({ ...INPUT, world: worldOf({ readings }) });
  const [note] = user.split("\n");
  const bytes = new TextEncoder().encode(system + user).length - note.length;
  const left = MAX_PROMPT_BYTES - 1024 - bytes;
  assert(left > -10 && left < 600, `${left}`);
  assertEquals(note.length, "Left out because the prompt would be too long: .".length + 900);
});

Deno.test("preparePrompt adds the journal's last 30 lines, and masks all", async () => {
  const journal = Array.from({ length: 40 }, (_, i) => `- 2026-01-05 07:00 move ${i}\n`).join("");
  await using profile = await tempProfile({
    env: { API_KEY: "hush-hush-1234" },
    files: { "journal.md": journal },
  });
  const world = worldOf({
    playbook: { text: "key: hush-hush-1234", digest: "d" },
    readings: [reading("ci", { key: "hush-hush-1234" })],
  });
  const { system, user } = await preparePrompt(profile, {
    ...INPUT,
    world,
  });
  assertEquals(user.match(/ move \d+/g), Array.from({ length: 30 }, (_, i) => ` move ${i + 10}`));
  for (const text of [system, user]) {
    assertEquals(text.includes("hush-hush-1234"), false);
    assertStringIncludes(text, "[masked API_KEY]");
  }
});

for (
  const [offset, zone] of [
    [0, "+00:00"],
    [-1, "+00:01"],
    [-330, "+05:30"],
    [1, "-00:01"],
    [570, "-09:30"],
  ] as [number, string][]
) {
  Deno.test(`preparePrompt gives the local time, ${offset} minutes behind as UTC${zone}`, async () => {
    const date = new Date(2026, 0, 5, 7, 4);
    const now = () => Object.assign(date, { getTimezoneOffset: () => offset });
    await using profile = await tempProfile({ clock: { now, sleep: () => Promise.resolve() } });
    const { user } = await preparePrompt(profile, INPUT);
    assert(user.endsWith(`# TIME\n\nMonday, 2026-01-05 07:04 (UTC${zone})\n`), user);
  });
}
