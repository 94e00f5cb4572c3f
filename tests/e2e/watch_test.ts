import { assert, assertEquals, assertMatch } from "@std/assert";
import { raiseAsk } from "../../src/inbox/flags.ts";
import { profileId } from "../../src/profile/markers.ts";
import type { Ask } from "../../src/schema/ask.ts";
import { unicodeWidth } from "@std/unicode-width";
import { approvalAsk } from "../decide/approval_ask.ts";
import { eventually } from "../support/eventually.ts";
import { denoDir, launcher } from "../support/looop.ts";
import { looopOn } from "../support/looop_on.ts";
import type { TempProfile } from "../support/temp_profile.ts";
import { start, stateOf, workerProfile } from "../support/worker_profile.ts";
import { type Shell, shellOn } from "./shell_on.ts";

const CONFIG = { runner: "none" } as const;

/** A shell whose first command is `looop watch …`; behind it a prompt. */
async function watching(
  profile: TempProfile,
  { args = "", columns = 100, rows = 30, env = {} }: {
    args?: string;
    columns?: number;
    rows?: number;
    env?: Record<string, string>;
  } = {},
): Promise<Shell> {
  const all = {
    ...profile.environment as Record<string, string>,
    ...{ HOME: profile.root, TMPDIR: profile.root, TERM: "xterm-256color", LANG: "C.UTF-8" },
    ...{ PS1: "prompt> ", HISTFILE: "/dev/null" },
    ...{ LOOOP_DATA_DIR: profile.paths.dataDir, LOOOP_CONFIG: profile.configPath },
    ...{ LOOOP_DENO: Deno.execPath(), DENO_DIR: denoDir() },
    ...env,
  };
  const bash = ["bash", "--norc", "--noprofile"];
  const shell = await shellOn(all, bash, { columns, rows, name: `watch${columns}` });
  await shell.seen(/prompt>/);
  await shell.type("-l", `${launcher} watch ${args}`);
  await shell.type("Enter");
  await shell.seen(/^looop {2}⚑ \d+ waiting/m);
  return shell;
}

async function withConfig(files: Record<string, string> = {}): Promise<TempProfile> {
  const profile = await workerProfile({ files, config: CONFIG });
  await Deno.writeTextFile(profile.configPath, JSON.stringify(CONFIG));
  return profile;
}

/** Asks for the approval of a command, with a preview of so many lines. */
async function requestRun(profile: TempProfile, id: string, lines: number): Promise<Ask> {
  const move = { action: "run", command: "make deploy", journal: "deployed" } as const;
  const now = Date.now();
  const ask = await approvalAsk(id, move, { profile: await profileId(profile) });
  ask.asked_at = new Date(now).toISOString();
  ask.approval.expires_at = new Date(now + 3_600_000).toISOString();
  ask.approval.preview = Array.from({ length: lines }, (_, i) => `step ${i + 1}`).join("\n");
  await profile.write(`asks/${id}.json`, JSON.stringify(ask));
  return ask;
}

const answerOf = async (profile: TempProfile, id: string) =>
  JSON.parse(await profile.read(`asks/${id}.json`)).answer?.text;

const quit = async (shell: Shell) => {
  await shell.type("q");
  await shell.seen(/prompt>$/m);
  assertEquals(await shell.tell("#{alternate_on} #{cursor_flag} #{mouse_any_flag}"), "0 1 0");
  await shell.type("-l", "echo typed");
  await shell.type("Enter");
  await shell.seen(/^typed$/m);
};

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
  await shell.seen(new RegExp(`^answer ${id}: _`, "m"));
  await shell.type("Down", "Down");
  await shell.seen(/: coffee_/);
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

  await shell.type("K");
  await shell.seen(/^kill worker fix-ci with all its processes\? y\/n/m);
  await shell.type("n");
  await shell.seen(/^not done/m);
  assertEquals(await stateOf(profile, "fix-ci"), ["running", null]);
  await shell.type("K", "y");
  await shell.seen(/^\$ looop kill fix-ci: worker fix-ci: killed/m);

  await shell.type("l");
  await shell.seen(/\$ looop logs fix-ci/);
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
  await shell.seen(/^reject a00002, reason: _/m);
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
  await shell.seen(/^GOALS 1[^]*^\/drink_/m);
  assert(!/INBOX/.test(await shell.screen()));
  await shell.type("Enter", "Escape");
  await shell.seen(/INBOX/);
  await shell.type("?");
  await shell.seen(/a approve +approve, once the whole preview was shown/);
  await shell.type("Escape", ":");
  await shell.seen(/^: looop _/m);
  await shell.type("-l", "goal ls; echo also");
  await shell.type("Enter");
  await shell.seen(/Drink tea[^]*also\n+press a key to return/);
  await shell.type("z");
  await shell.seen(/^\$ looop goal ls; echo also/m);
  await shell.seen(/INBOX/);

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

for (const [columns, rows] of [[60, 15], [100, 30], [220, 60]]) {
  Deno.test(`looop watch shows 50 workers in ${columns}×${rows}, and follows a new size`, async () => {
    await using profile = await withConfig({
      "goals/tea.md": `---\ngoal: 漢字 ${"word ".repeat(60)}\n---\n`,
    });
    for (let index = 0; index < 50; index++) {
      const id = `w${String(index).padStart(2, "0")}`;
      const record = {
        ...{ id, generation: `g${index}`, started_at: "2026-11-23T09:00:00.000Z", runner: "sh" },
        ...{ goal: null, run_id: null, verify: null, wrapper: null },
      };
      await profile.write(`workers/${id}/worker.json`, JSON.stringify(record));
      const end = { exit_code: index % 2, at: "2026-11-23T10:00:00.000Z", how: "exited" };
      await profile.write(`workers/${id}/exit.json`, JSON.stringify(end));
      await profile.write(`workers/${id}/transcript`, `漢字 of ${id}\r\n`);
    }
    await using shell = await watching(profile, { columns, rows });
    await shell.seen(/WORKERS 50/);
    const fits = () =>
      eventually(`each line fits, and there are ${rows}`, async () => {
        const lines = (await shell.screen()).trimEnd().split("\n");
        return lines.length === rows && lines.every((line) => unicodeWidth(line) <= columns);
      }, 5000).catch(async (error) => {
        throw new Error(`${error.message}\n${await shell.screen()}`);
      });
    await fits();
    await shell.type("Tab", ...Array(49).fill("j"));
    await shell.seen(/▸ {2}w49 +failed/);
    await shell.seen(/漢字 of w49/);
    await fits();
    await shell.type("Space");
    await eventually("the list is hidden", async () => !/WORKERS/.test(await shell.screen()));
    await shell.seen(/漢字 of w49/);
    await shell.type("Escape");
    await shell.seen(/▸ {2}w49/);
    await shell.resize(80, 20);
    await eventually("it fits", async () => {
      const lines = (await shell.screen()).trimEnd().split("\n");
      return lines.length === 20 && /▸ {2}w49/.test(lines.join("\n")) &&
        /^─+$/m.test(lines.join("\n"));
    });
    await quit(shell);
  });
}

Deno.test("looop watch restores the terminal after a signal, and needs one", async () => {
  await using profile = await withConfig();
  await using shell = await watching(profile);
  await shell.type("C-c");
  await shell.seen(/prompt>$/m);
  await shell.type("-l", `${launcher} watch nobody; echo left $?`);
  await shell.type("Enter");
  await shell.seen(/there is no worker nobody: looop ls lists them[^]*left 1/);
  await shell.type(
    "-l",
    `sh -c 'pid=$$; (sleep 3; kill -TERM $pid) & exec ${launcher} watch'; echo left $?`,
  );
  await shell.type("Enter");
  await shell.seen(/^looop {2}⚑/m);
  await shell.seen(/^left 143/m);
  assertEquals(await shell.tell("#{alternate_on} #{cursor_flag}"), "0 1");
  await shell.type("-l", "echo typed");
  await shell.type("Enter");
  await shell.seen(/^typed$/m);
  await using piped = looopOn(profile, ["watch"]);
  const { status, stderr } = await piped.end;
  assertEquals(status, 2);
  assertMatch(stderr, /looop watch needs a terminal; programs can use looop status --json/);
});
