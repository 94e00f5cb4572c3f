import { assertEquals } from "@std/assert";
import {
  isWrittenByEditor,
  readUserInputs,
  unpark,
  userChanges,
  userInputPaths,
} from "../../src/loop/wake.ts";
import { tryLock } from "../../src/os/lock.ts";
import { readState, writeState } from "../../src/profile/state.ts";
import { sha256Hex } from "../../src/schema/json.ts";
import { INITIAL_STATE, type State } from "../../src/schema/state.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { within } from "../support/within.ts";

const PARKED: State = {
  ...INITIAL_STATE,
  failure: { world: "w", count: 3, why: "x", at: "t" },
  parked: { kind: "failures", why: "3 failures", world: "w", config: "c" },
};
const ASK = { kind: "question", question: "Tea?", asked_at: "t", run_id: "r" };
const ANSWER = { text: "yes", at: "2026-11-23T09:30:00.000Z" };

Deno.test("readUserInputs of a new profile has its playbook alone", async () => {
  await using profile = await tempProfile();
  assertEquals(await readUserInputs(profile), { "PLAYBOOK.md": await sha256Hex("# Playbook\n") });
});

Deno.test("readUserInputs has each thing that a user changes, and nothing else", async () => {
  await using profile = await tempProfile({
    files: {
      "goals/tea.md": "tea",
      "goals/notes.txt": "x",
      "goals/archive/old.md": "x",
      "goals/more.md/x": "x",
      "sensors/git.sh": "#!/bin/sh\nx",
      "schedules/tea.yaml": "every: 1d",
      "schedules/tea.yml": "x",
      "asks/q1.json": JSON.stringify({ ...ASK, id: "q1", answer: ANSWER }),
      "asks/q2.json": JSON.stringify({ ...ASK, id: "q2" }),
      "asks/w1.json": JSON.stringify({ ...ASK, id: "w1", answer: ANSWER, worker: "fix" }),
      ".looop/paused": "x",
      ".looop/resumed": "then",
    },
  });
  await Deno.writeTextFile(profile.configPath, "{}");
  await writeState(profile, PARKED);
  assertEquals(await readUserInputs(profile), {
    config: await sha256Hex("{}"),
    "PLAYBOOK.md": await sha256Hex("# Playbook\n"),
    "goals/tea.md": await sha256Hex("tea"),
    "schedules/tea.yaml": await sha256Hex("every: 1d"),
    "answer q1": ANSWER.at,
    paused: "yes",
    resumed: "then",
    parked: "3 failures",
  });
});

Deno.test("readUserInputs has the error of what it cannot read, and the rest", async () => {
  await using profile = await tempProfile({ files: { "state.json": "{", "goals/tea.md": "tea" } });
  await Deno.mkdir(profile.configPath);
  const { config, parked, ...rest } = await readUserInputs(profile);
  assertEquals([config, parked].map((text) => text?.slice(0, 12)), Array(2).fill("unreadable: "));
  assertEquals(Object.keys(rest), ["PLAYBOOK.md", "goals/tea.md"]);
});

Deno.test("userInputPaths has the file or the directory of each input", async () => {
  await using profile = await tempProfile();
  const { dataDir } = profile.paths;
  const names = [
    "PLAYBOOK.md",
    "goals",
    "schedules",
    "asks",
    ".looop/paused",
    ".looop/resumed",
    "state.json",
  ];
  assertEquals(userInputPaths(profile), [
    profile.configPath,
    ...names.map((name) => `${dataDir}/${name}`),
  ]);
});

for (
  const [title, before, after, own, changes] of [
    ["nothing", { config: "1" }, { config: "1" }, [], []],
    ["what is new, other and gone", { a: "1", b: "1", c: "1" }, { b: "2", c: "1", d: "1" }, [], [
      "a",
      "b",
      "d",
    ]],
    ["not what the loop wrote", { a: "1" }, { a: "2", b: "1" }, ["a"], ["b"]],
    ["a new answer", {}, { "answer q1": "t" }, [], ["answer q1"]],
    ["another answer", { "answer q1": "t" }, { "answer q1": "u" }, [], ["answer q1"]],
    ["no answer that is closed", { "answer q1": "t" }, {}, [], []],
    ["the end of a pause", { paused: "yes" }, { resumed: "t" }, [], ["paused", "resumed"]],
  ] as [string, Record<string, string>, Record<string, string>, string[], string[]][]
) {
  Deno.test(`userChanges has ${title}`, () => {
    assertEquals(userChanges(before, after, own), changes);
    if (own.length === 0) assertEquals(userChanges(before, after), changes);
  });
}

for (
  const [name, isEdited] of [
    ["config", true],
    ["PLAYBOOK.md", true],
    ["goals/tea.md", true],
    ["goals", false],
    ["answer goals/", false],
    ["answers", false],
    ["paused", false],
    ["resumed", false],
    ["parked", false],
  ] as const
) {
  Deno.test(`isWrittenByEditor of ${name} is ${isEdited}`, () => {
    assertEquals(isWrittenByEditor(name), isEdited);
  });
}

Deno.test("unpark ends a parking with its failures, under the move lock, and returns it", async () => {
  await using profile = await tempProfile();
  await writeState(profile, { ...PARKED, noop_at: "t" });
  const held = await tryLock(profile.paths.moveLock);
  const ending = unpark(profile);
  try {
    await using other = await tempProfile();
    await writeState(other, PARKED);
    // Begun later, this one takes as long as the other would without the lock.
    await within("an end without a held lock", unpark(other));
    assertEquals((await readState(profile)).parked, PARKED.parked);
  } finally {
    held?.release();
  }
  assertEquals(await within("the lock's release", ending), PARKED.parked);
  assertEquals(await readState(profile), { ...INITIAL_STATE, noop_at: "t" });
  using free = await tryLock(profile.paths.moveLock);
  assertEquals(free === null, false);
});

Deno.test("unpark without a parking leaves the state, and needs no lock", async () => {
  await using profile = await tempProfile();
  using _ = await tryLock(profile.paths.moveLock);
  assertEquals(await within("an end", unpark(profile)), null);
  await writeState(profile, { ...PARKED, parked: null });
  assertEquals(await within("an end", unpark(profile)), null);
  assertEquals((await readState(profile)).failure, PARKED.failure);
});
