import { assert, assertEquals, assertMatch } from "@std/assert";
import { raiseAsk } from "../../src/inbox/flags.ts";
import { placeId, profileId } from "../../src/profile/markers.ts";
import type { Ask } from "../../src/schema/ask.ts";
import { workerFiles } from "../../src/workers/files.ts";
import { queuedMessages } from "../../src/workers/messages.ts";
import { approvalAsk } from "../decide/approval_ask.ts";
import { eventually } from "../support/eventually.ts";
import { looopOn } from "../support/looop_on.ts";
import type { TempProfile } from "../support/temp_profile.ts";
import { start, stateOf } from "../support/worker_profile.ts";
import { quit, watching, withConfig } from "./watching.ts";

/** Asks for the approval of a command, with a preview of so many lines. */
async function requestRun(profile: TempProfile, id: string, lines: number): Promise<Ask> {
  const move = { action: "run", command: "make deploy", journal: "deployed" } as const;
  const now = Date.now();
  const ask = await approvalAsk(id, move, {
    profile: await profileId(profile),
    place: await placeId(profile),
  });
  ask.asked_at = new Date(now).toISOString();
  ask.approval.expires_at = new Date(now + 3_600_000).toISOString();
  ask.approval.preview = Array.from({ length: lines }, (_, i) => `step ${i + 1}`).join("\n");
  await profile.write(`asks/${id}.json`, JSON.stringify(ask));
  return ask;
}

const answerOf = async (profile: TempProfile, id: string) =>
  JSON.parse(await profile.read(`asks/${id}.json`)).answer?.text;

Deno.test("looop watch answers a worker's ask, attaches to it and returns", async () => {
  await using profile = await withConfig({
    "goals/ship.md": "---\ngoal: Ship it\npriority: 2\n---\n\nNotes of 漢字 and more.\n",
  });
  const { generation } = await start(profile, "fix-ci", "echo at work; read -r line; sleep 600");
  const { id } = await raiseAsk(profile, {
    ...{ worker: "fix-ci", generation, question: "Tea or \x1b[31mcoffee?" },
    options: ["tea", "coffee"],
  });
  await using shell = await watching(profile);
  await shell.seen(new RegExp(`INBOX 2[^]*▸⚑ ${id}  worker fix-ci`));
  await shell.seen(/Tea or \\x1b\[31mcoffee\?[^]*- tea/);
  assertEquals(await shell.tell("#{pane_title}"), "looop: 2 waiting");

  await shell.type("r");
  await shell.seen(new RegExp(`^answer ${id}: \\|`, "m"));
  await shell.type("Down", "Down");
  await shell.seen(/: coffee\|/);
  await shell.type("BSpace");
  await shell.type("-l", "e, 漢");
  await shell.type("Enter");
  await shell.seen(/^not one of the options; answer \S+ with it anyway\? y\/n/m);
  await shell.type("y");
  await shell.seen(new RegExp(`^\\$ looop answer --other -- ${id} '[^']*漢': answered ${id}`, "m"));
  assertMatch(await answerOf(profile, id), /漢$/);

  await shell.type("Tab");
  await shell.seen(/▸ {2}fix-ci +running/);
  await shell.seen(/│ at work/);
  await shell.type("Enter");
  await shell.seen(/Ctrl-\\ Ctrl-\\ leaves it running/);
  await shell.type("C-\\", "C-\\");
  await shell.seen(/^\$ looop attach fix-ci/m);
  assertEquals(await stateOf(profile, "fix-ci"), ["running", null]);

  // The characters of a pasted text are no keys, neither here nor in what is typed.
  await shell.paste("Ky\nq");
  await shell.seen(/^pasted text is ignored here/m);
  await shell.type("t");
  await shell.seen(/^tell fix-ci: \|/m);
  await shell.type("-l", "skip ");
  await shell.paste("the 漢 test\nKy~");
  await shell.type("-l", "!?");
  await shell.type("Left", "DC");
  await shell.seen(/^tell fix-ci: skip the 漢 test⏎Ky~!\|/m);
  await shell.type("Enter");
  await shell.seen(/^\$ looop tell fix-ci 'skip the 漢 test Ky~!': queued for fix-ci/m);
  const [message] = await queuedMessages(workerFiles(profile.paths, "fix-ci"));
  assertEquals(message.text, "skip the 漢 test\nKy~!");
  assertEquals(await stateOf(profile, "fix-ci"), ["running", null]);

  await shell.type("K");
  await shell.seen(/^kill worker fix-ci with all its processes\? y\/n/m);
  await shell.type("n");
  await shell.seen(/^not done/m);
  assertEquals(await stateOf(profile, "fix-ci"), ["running", null]);
  await shell.type("K", "y");
  await shell.seen(/^\$ looop kill fix-ci: worker fix-ci: killed/m);

  await shell.type("l");
  await shell.seen(/^\$ looop logs fix-ci$[^]*^PgDn PgUp scroll, Esc closes/m);
  await shell.type("Escape");
  await shell.type("Tab");
  await shell.seen(/▸ {2}ship +p2 +Ship it/);
  await shell.seen(/Notes of 漢字 and more/);
  await quit(shell);
});

Deno.test("looop watch approves only after the whole preview was on the screen", async () => {
  await using profile = await withConfig();
  await requestRun(profile, "a00001", 40);
  await requestRun(profile, "a00002", 2);
  await using shell = await watching(profile);
  await shell.seen(/▸⚑ a00001/);
  await shell.seen(/│ step 5/);
  await shell.type("a");
  await shell.seen(/^read the whole preview first/m);
  await shell.type("PPage", "a");
  await shell.seen(/^read the whole preview first/m);
  await shell.type("NPage");
  await shell.seen(/step 40/);
  await shell.type("a");
  await shell.seen(/^approve a00001 \(run\)\? y\/n/m);
  await shell.type("Enter");
  await shell.seen(/^not done/m);
  assertEquals(await answerOf(profile, "a00001"), undefined);
  await shell.type("a", "y");
  await shell.seen(/^\$ looop approve a00001: APPROVED a00001/m);
  assertEquals(await answerOf(profile, "a00001"), "yes");

  await shell.seen(/▸⚑ a00002/);
  await shell.seen(/│ step 2/);
  await shell.type("x");
  await shell.seen(/^reject a00002, reason: \|/m);
  await shell.type("-l", "--", "-not now");
  await shell.type("Enter");
  await shell.seen(/^\$ looop reject -- a00002 '-not now': REJECTED/m);
  assertEquals(await answerOf(profile, "a00002"), "no: -not now");
  await quit(shell);
});

Deno.test("looop watch pauses, filters, explains itself, runs any command and wakes the pulse", async () => {
  await using profile = await withConfig({ "goals/tea.md": "---\ngoal: Drink tea\n---\n" });
  await using shell = await watching(profile, { env: { NO_COLOR: "1" } });
  await shell.seen(/no pulse is running; looop up starts one/);
  await shell.type("p");
  await shell.seen(/^\$ looop pause: paused/m);
  await shell.seen(/^looop .*paused/m);
  await shell.type("p");
  await shell.seen(/^\$ looop resume: resumed/m);
  await shell.type("/");
  await shell.type("-l", "drink");
  await shell.seen(/^GOALS 1[^]*^\/drink\|/m);
  assert(!/INBOX/.test(await shell.screen()));
  await shell.type("Enter", "Escape");
  await shell.seen(/INBOX/);
  await shell.type("?");
  await shell.seen(/a approve +approve, once the whole preview was shown/);
  await shell.type("Escape", ":");
  await shell.seen(/^: looop \|/m);
  await shell.type("-l", "goal ls; echo also");
  await shell.type("Enter");
  await shell.seen(/Drink tea[^]*also\n+press a key to return/);
  await shell.type(":");
  await shell.seen(/INBOX[^]*^: looop \|/m);
  // Ctrl-C is for the command alone.
  await shell.type("-l", "version; echo waits; sleep 600");
  await shell.type("Enter");
  // Before that it would end `looop version` alone.
  await shell.seen(/^waits/m);
  await shell.type("C-c");
  // The screen still shows the prompt of the command before.
  await shell.seen(/^waits[^]*^press a key to return/m);
  await shell.type("z");
  await shell.seen(/INBOX[^]*^\$ looop version; echo waits; sleep 600/m);

  await using pulse = looopOn(profile, []);
  await shell.seen(/^looop .*pulse running {2}next tick/m);
  const before = await profile.read(".looop/last_tick.json");
  await shell.type(".");
  await shell.seen(/^\$ looop tick --wake: woke the pulse/m);
  await eventually("a tick", async () => await profile.read(".looop/last_tick.json") !== before);
  pulse.kill("SIGKILL");
  await pulse.end;
  await shell.seen(/^looop .*no pulse/m);
  await quit(shell);
});
