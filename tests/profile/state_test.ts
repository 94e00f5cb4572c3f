import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { tickOnce } from "../../src/loop/run.ts";
import { readState, writeState } from "../../src/profile/state.ts";
import { UserError } from "../../src/schema/errors.ts";
import { INITIAL_STATE } from "../../src/schema/state.ts";
import { git } from "../support/git.ts";
import { noop } from "../support/scripted_decider.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { bash } from "./begun.ts";

const CALM = { ...INITIAL_STATE, baseline: { playbook: { sha256: "00", was: "x" } } };

Deno.test("readState gives the initial state where there is none, else what was written", async () => {
  await using profile = await tempProfile();
  assertEquals(await readState(profile), INITIAL_STATE);
  await writeState(profile, CALM);
  assertEquals(await readState(profile), CALM);
});

for (
  const [what, text] of [
    ["null", "null"],
    ["a text", '"x"'],
    ["half a file", JSON.stringify(CALM).slice(0, -9)],
    [
      "an unknown key in the baseline",
      JSON.stringify({ ...CALM, baseline: { a: { sha256: "00", was: "x", extra: 1 } } }),
    ],
    ["a baseline without its text", JSON.stringify({ ...CALM, baseline: { a: { sha256: "00" } } })],
    ["a fired rule without a digest", JSON.stringify({ ...CALM, fired: { "a/b": 1 } })],
  ]
) {
  Deno.test(`readState refuses ${what}, and says how to restore it`, async () => {
    await using profile = await tempProfile({ files: { "state.json": text } });
    const error = await assertRejects(() => readState(profile), UserError, profile.paths.state);
    assertEquals(error.message.split("\n").at(-1)?.split(" (")[0], "Restore it");
  });
}

Deno.test("readState reads a state that an older looop wrote with its used-up budget, without that", async () => {
  const old = new URL("../fixtures/state-with-hold.json", import.meta.url);
  await using profile = await tempProfile({
    files: { "state.json": await Deno.readTextFile(old) },
  });
  const state = await readState(profile);
  assertEquals(Object.keys(state), Object.keys(INITIAL_STATE));
  assertEquals(state.decided_at, "2026-11-23T09:00:00.000Z");
});

const DAMAGES = [
  { what: "a merge that conflicts in state.json", file: "state.json", how: "merge" },
  { what: "a state.json that is half written", file: "state.json", how: "printf '{' > state.json" },
  { what: "a removed PLAYBOOK.md", file: "PLAYBOOK.md", how: "rm PLAYBOOK.md" },
  { what: "a PLAYBOOK.md that git removed", file: "PLAYBOOK.md", how: "git rm -q PLAYBOOK.md" },
  {
    what: "a .profile_id that git has changed",
    file: ".profile_id",
    how: "echo x > .profile_id; git add .",
  },
];

for (const { what, file, how } of DAMAGES) {
  Deno.test(`the command that a tick names for ${what} works`, async () => {
    await using profile = await tempProfile({ history: true });
    const { dataDir } = profile.paths;
    const decider = () => noop();
    await tickOnce(profile, { decider });
    const shell = (script: string) =>
      bash(dataDir, `export GIT_CONFIG_GLOBAL=/dev/null; ${script}`);
    const commit = "git -c user.name=u -c user.email=u@localhost commit -qm";
    const merge = `git checkout -qb other; echo '{"a":1}' > state.json; ${commit} theirs -a
      git checkout -q main; echo '{"b":2}' > state.json; ${commit} ours -a
      git -c user.name=u -c user.email=u@localhost merge -q other || true`;
    await shell(how === "merge" ? merge : how);
    const { message } = await assertRejects(() => tickOnce(profile, { decider }));
    const command = /(git -C .+ -- [\w.]+)/.exec(message)?.[1];
    assertStringIncludes(command ?? "", `checkout HEAD -- ${file}`);
    await shell(command ?? "");
    assertEquals((await git(dataDir, "status", "--short", "--", file)).trim(), "");
  });
}
