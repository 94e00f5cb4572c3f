import { assert, assertEquals, assertMatch } from "@std/assert";
import { unicodeWidth } from "@std/unicode-width";
import { PLAIN } from "../../../src/cli/output/view.ts";
import type { Step } from "../../../src/cli/watch/actions.ts";
import { Dashboard } from "../../../src/cli/watch/dashboard.ts";
import { renderFrame, titleOf } from "../../../src/cli/watch/frame.ts";
import { loadPeek } from "../../../src/cli/watch/peek.ts";
import { tickOnce } from "../../../src/loop/run.ts";
import { readStatus } from "../../../src/loop/status.ts";
import type { WorkerSummary } from "../../../src/schema/status.ts";
import type { Key } from "../../../src/os/prompter.ts";
import { placeId, profileId } from "../../../src/profile/markers.ts";
import { approvalAsk } from "../../decide/approval_ask.ts";
import { noop, scripted } from "../../support/scripted_decider.ts";
import { type TempProfile, tempProfile } from "../../support/temp_profile.ts";

const clock = { now: () => new Date("2026-11-23T09:30:00Z"), sleep: () => Promise.resolve() };
const SIZE = { columns: 100, rows: 20 };

async function board(profile: TempProfile): Promise<Dashboard> {
  return new Dashboard(await readStatus(profile, { full: true }), clock.now());
}

async function withAsks(...asks: object[]): Promise<TempProfile> {
  const profile = await tempProfile({ clock, config: { runner: "none" }, history: false });
  for (const ask of asks) {
    const whole = {
      ...{ kind: "question", question: "Tea?", run_id: "r", asked_at: "2026-11-23T09:00:00.000Z" },
      ...ask as { id: string },
    };
    await profile.write(`asks/${whole.id}.json`, JSON.stringify(whole));
  }
  return profile;
}

/** An approval whose preview has so many lines. */
async function approval(profile: TempProfile, id: string, lines: number): Promise<void> {
  const move = { action: "run", command: "make", journal: "made" } as const;
  const ask = await approvalAsk(id, move, {
    profile: await profileId(profile),
    place: await placeId(profile),
  });
  ask.approval.preview = Array.from({ length: lines }, (_, i) => `line ${i}`).join("\n");
  await profile.write(`asks/${id}.json`, JSON.stringify(ask));
}

const key = (text: string, more: Partial<Key> = {}): Key => ({
  ...{ name: /^[a-z]$/i.test(text) ? text.toLowerCase() : "", text, ctrl: false, shift: false },
  ...more,
});
const named = (name: string, more: Partial<Key> = {}) => key("", { name, ...more });

/** Presses keys, a character each or by name, and takes the steps that it can; returns the last. */
function press(board: Dashboard, ...keys: (string | Key)[]): Step {
  let step: Step = { do: "nothing" };
  for (const one of keys) {
    step = board.press(typeof one === "string" ? key(one) : one);
    board.take(step);
  }
  return step;
}

const lines = (board: Dashboard, size = SIZE) => renderFrame(board, size, PLAIN);

async function peek(board: Dashboard, profile: TempProfile): Promise<void> {
  board.peek = await loadPeek(profile, board.selected()!);
}

Deno.test("Dashboard replies with what was typed, edited or picked, and shows no command for nothing", async () => {
  await using profile = await withAsks({ id: "q1", options: ["green", "black"] });
  const shown = await board(profile);
  press(shown, "r");
  assertEquals(lines(shown).at(-2), "answer q1: |");
  assertMatch(lines(shown).at(-1)!, /^↑ ↓ pick an option, Enter/);
  press(shown, "a", "b", named("backspace"), "漢");
  assertEquals(lines(shown).at(-2), "answer q1: a漢|");
  press(shown, named("left"), "b");
  assertEquals(lines(shown).at(-2), "answer q1: ab|漢");
  press(shown, named("end"), named("backspace"), named("u", { ctrl: true }), named("up"));
  assertEquals(lines(shown).at(-2), "answer q1: black|");
  press(shown, named("down"));
  assertEquals(press(shown, named("return")), { do: "run", argv: ["answer", "q1", "green"] });
  assertEquals(press(shown, "r", "-", "x", named("return")).do, "confirm");
  assertEquals(lines(shown).at(-2), "not one of the options; answer q1 with it anyway? y/n");
  assertEquals(press(shown, "y"), { do: "run", argv: ["answer", "--other", "--", "q1", "-x"] });
  assertEquals(press(shown, "r", " ", named("return")), { do: "nothing" });
  assertEquals(press(shown, "r", "x", named("escape"), named("return")), { do: "zoom" });

  const paste = (text: string) => key(text, { name: "paste" });
  assertEquals(press(shown, paste("q")), { do: "message", text: "pasted text is ignored here" });
  press(shown, "r", paste("a\nb"), "c");
  assertEquals(lines(shown).at(-2), "answer q1: a⏎bc|");
  assertEquals(press(shown, named("return")).do, "confirm");
  assertEquals(press(shown, paste("y")), { do: "message", text: "not done" });
  press(shown, "/", paste("tea\n?"));
  assertEquals(lines(shown).at(-2), "/tea ?|");
});

Deno.test("Dashboard names who asks, so that no worker passes for looop", async () => {
  await using profile = await withAsks(
    { id: "q1" },
    { id: "w1", worker: "question" },
    { id: "w2", worker: "looop", hook: "claude" },
  );
  const shown = lines(await board(profile), { columns: 120, rows: 20 }).join("\n");
  assertMatch(shown, /q1 +looop +30 min/);
  assertMatch(shown, /w1 +worker question +30 min/);
  assertMatch(shown, /w2 +claude's permission hoo… +30 min/);
  assertMatch(shown, /^looop {2}⚑ 4 waiting {2}no pulse/);
  const status = await readStatus(profile, { full: true });
  const asks = new Dashboard(status, clock.now(), { asksOnly: true });
  assertEquals([titleOf(asks), asks.isOver()], ["looop: 3 waiting", false]);
});

Deno.test("Dashboard approves after y, once each line of the preview was on the screen", async () => {
  await using profile = await withAsks();
  await approval(profile, "a1", 40);
  const shown = await board(profile);
  const refused: Step = {
    do: "message",
    text: "read the whole preview first: PgDn, or Space to enlarge it",
  };
  assertEquals(press(shown, "a"), refused, "no peek yet");
  await peek(shown, profile);
  lines(shown);
  assertEquals(press(shown, "a"), refused);
  // Its end alone is not the whole.
  shown.scroll = 1000;
  lines(shown);
  assertEquals(press(shown, "a"), refused);
  shown.scroll = 0;
  for (let page = 0; page < 10; page++) {
    press(shown, named("pagedown"));
    lines(shown);
  }
  assertMatch(lines(shown).join("\n"), /line 39/);
  assertEquals(press(shown, "a").do, "confirm");
  assertMatch(lines(shown).slice(-2).join(), /approve a1 \(run\)\? y\/n,y confirms, any other/);
  assertEquals(press(shown, named("return")), { do: "message", text: "not done" });
  assertEquals(press(shown, "a", "y"), { do: "run", argv: ["approve", "a1"] });

  // The same ask with another preview has not been read.
  await approval(profile, "a1", 41);
  shown.status = await readStatus(profile, { full: true });
  await peek(shown, profile);
  shown.scroll = 0;
  lines(shown);
  assertEquals(press(shown, "a"), refused);
  assertEquals(press(shown, "x", "n", "o", named("return")), {
    do: "run",
    argv: ["reject", "a1", "no"],
  });
  assertEquals(press(shown, "r"), { do: "message", text: "r reply: not for the selected line" });
});

Deno.test("Dashboard counts lines anew in a new width, unless all were shown", async () => {
  await using profile = await withAsks();
  await approval(profile, "a1", 30);
  const shown = await board(profile);
  await peek(shown, profile);
  lines(shown);
  shown.resized();
  shown.scroll = 8;
  lines(shown, { columns: 120, rows: 60 });
  assertEquals(press(shown, "a").do, "confirm", "a large screen shows it whole");
  press(shown, "n");
  shown.resized();
  lines(shown, { columns: 60, rows: 15 });
  assertEquals(press(shown, "a").do, "confirm");
});

Deno.test("Dashboard keeps the selection when lines come and go, and moves between groups", async () => {
  await using profile = await withAsks({ id: "q1" }, { id: "q2", question: "Coffee?" });
  await profile.write("goals/tea.md", "---\ngoal: Drink tea\n---\n");
  const shown = await board(profile);
  const selected = () => shown.selected()?.key;
  assertEquals(selected(), "ask:q1");
  press(shown, "j");
  assertEquals(selected(), "ask:q2");
  const q1 = await profile.read("asks/q1.json");
  await profile.write("asks/q0.json", q1.replace("q1", "q0").replace("09:00", "08:00"));
  await Deno.remove(`${profile.paths.asks}/q1.json`);
  shown.status = await readStatus(profile, { full: true });
  assertEquals(selected(), "ask:q2");
  await Deno.remove(`${profile.paths.asks}/q2.json`);
  shown.status = await readStatus(profile, { full: true });
  assertMatch(selected() ?? "", /^notice:no pulse/);
  press(shown, named("tab"));
  assertEquals(selected(), "goal:tea");
  press(shown, named("tab"));
  assertEquals(selected(), "ask:q0");
  press(shown, named("tab", { shift: true }));
  assertEquals(selected(), "goal:tea");
  press(shown, "/", "N", "O", " ", "P", named("return"));
  assertEquals(lines(shown).filter((line) => /tea|q0/.test(line)), []);
  press(shown, named("escape"));
  assertMatch(lines(shown).join("\n"), /GOALS 1/);
});

Deno.test("renderFrame fills every size with lines that fit, and prints nothing that controls a terminal", async () => {
  const hostile = "\x1b]0;evil\x07\x1b[2J漢字\u202e\r\n\t".repeat(20);
  await using profile = await withAsks({ id: "q1", question: hostile, options: [hostile] });
  await profile.write("goals/evil.md", `---\ngoal: ${JSON.stringify(hostile)}\n---\n${hostile}`);
  await profile.write("journal.md", `- 2026-11-23 09:00 ${hostile.replaceAll("\n", "")}\n`);
  const shown = await board(profile);
  for (const [columns, rows] of [[60, 15], [80, 24], [100, 30], [220, 60], [20, 5]]) {
    for (let item = 0; item < 5; item++) {
      await peek(shown, profile);
      const frame = lines(shown, { columns, rows });
      assertEquals(frame.length, rows);
      for (const line of frame) {
        // deno-lint-ignore no-control-regex
        assert(!/[\x00-\x1f\x7f\u202e]/.test(line), JSON.stringify(line));
        assert(unicodeWidth(line) <= Math.max(columns, 46), `${columns}: ${line}`);
        if (columns >= 60) assert(unicodeWidth(line) <= columns, `${columns}: ${line}`);
      }
      press(shown, "j");
    }
  }
  // The goal is broken.
  assertEquals(titleOf(shown), "looop: 3 waiting");
});

Deno.test("renderFrame names the command that makes a profile, while there is none", async () => {
  await using profile = await withAsks();
  const shown = await board(profile);
  shown.status = { ...shown.status, exists: false };
  assertEquals(lines(shown)[1].split("│")[0].trimEnd(), "nothing yet; looop sets it up");
});

Deno.test("press kills and runs commands only through what it returns", async () => {
  await using profile = await withAsks();
  const shown = await board(profile);
  assertEquals(press(shown, "p"), { do: "run", argv: ["pause"] });
  shown.status = { ...shown.status, paused: true };
  assertEquals(press(shown, "p"), { do: "run", argv: ["resume"] });
  assertEquals(press(shown, "."), { do: "run", argv: ["tick", "--wake"] });
  assertEquals(press(shown, ":", "l", "s", named("return")), { do: "shell", words: "ls" });
  assertEquals(press(shown, "K"), { do: "message", text: "K kill: not for the selected line" });
  assertEquals(press(shown, "q"), { do: "quit" });
  assertEquals(press(shown, "/", named("c", { ctrl: true })), { do: "quit" });
});

Deno.test("press tells a living worker what was typed, and answers the question that it waits with", async () => {
  await using profile = await withAsks({ id: "q1", options: ["green"] });
  const shown = await board(profile);
  const worker: WorkerSummary = {
    ...{ id: "fix", state: "running", alive: true, exit_code: null, flagged: false, note: null },
    ...{ since: "2026-11-23T09:00:00.000Z", started_at: "2026-11-23T09:00:00.000Z", idle_s: 1 },
    ...{ runner: "pi", goal: null, verified: null },
  };
  shown.status = { ...shown.status, workers: [worker] };
  while (shown.selected()?.key !== "worker:fix") press(shown, "j");
  press(shown, "r");
  assertEquals(lines(shown).at(-2), "r reply: not for the selected line");
  const ask = { ...shown.status.open_asks[0], worker: "fix" };
  shown.status = { ...shown.status, open_asks: [ask] };
  assertEquals(press(shown, "r", named("down"), named("return")), {
    ...{ do: "run", argv: ["answer", "q1", "green"] },
  });
  press(shown, "t");
  assertEquals(lines(shown).at(-2), "tell fix: |");
  assertEquals(press(shown, "h", "i", named("return")), { do: "run", argv: ["tell", "fix", "hi"] });
  assertEquals(press(shown, "t", "-", "x", named("return")), {
    do: "run",
    argv: ["tell", "--", "fix", "-x"],
  });
  assertEquals(press(shown, "t", named("return")), { do: "nothing" });
  shown.status = { ...shown.status, workers: [{ ...worker, alive: false, state: "done" }] };
  press(shown, "t");
  assert(!lines(shown).join("\n").includes("tell fix: "));
});

Deno.test("Dashboard scrolls a text to its begin and its end, shows the end of logs, and marks a broken goal", async () => {
  await using profile = await withAsks();
  await profile.write("goals/late.md", "---\ngoal: Ship it\ndue: tomorrow\n---\n");
  const shown = await board(profile);
  assertMatch(lines(shown).join("\n"), /⚑ late +p0 +broken: /);
  const text = Array.from({ length: 50 }, (_, i) => `line ${i}`).join("\n");
  const top = () => lines(shown)[1];
  shown.show("$ looop logs fix", text, { end: true });
  assertEquals([top(), lines(shown).at(-3)], ["line 33", "line 49"]);
  press(shown, "k");
  assertEquals(top(), "line 32");
  press(shown, named("home"));
  assertEquals(top(), "$ looop logs fix");
  press(shown, named("end"));
  assertEquals(top(), "line 33");
});

Deno.test("loadPeek shows the run behind a journal line", async () => {
  await using profile = await tempProfile();
  await tickOnce(profile, { decider: scripted(noop({ journal: "looked at it" })).decide });
  const shown = await board(profile);
  while (shown.selected()?.kind !== "journal") press(shown, "j");
  await peek(shown, profile);
  const text = lines(shown, { columns: 120, rows: 40 }).join("\n");
  assertMatch(text, /woken by {3}the first decision/);
  assertMatch(text, /done {7}noop made: all is well/);
});
