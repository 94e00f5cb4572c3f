import { assertEquals, assertMatch } from "@std/assert";
import { tickOnce } from "../../src/loop/run.ts";
import { fromFileUrl } from "@std/path";
import { unicodeWidth } from "@std/unicode-width";
import { eventually } from "../support/eventually.ts";
import { launcher } from "../support/looop.ts";
import { looopOn } from "../support/looop_on.ts";
import { noop } from "../support/scripted_decider.ts";
import { quit, usable, watching, withConfig } from "./watching.ts";

const fixture = fromFileUrl(import.meta.resolve("../fixtures/crashing_screen.ts"));

Deno.test("looop watch shows schedules, how far a goal is, the run behind a line, and what a tick does", async () => {
  const due = new Date(Date.now() - 2.3 * 3_600_000).toISOString();
  await using profile = await withConfig({
    "goals/close.md": `---\ngoal: Close all\ndue: ${due}\n` +
      "metric: {value: sensors.tickets.open, from: 8, to: 0}\n---\n",
    "schedules/tidy.yaml": "every: 12h\nnote: Tidy 漢字 up\n",
  }, { runner: "slow-model", runners: { "slow-model": { tick: "sleep 600" } } });
  for (const open of [8, 5, 2]) {
    await tickOnce(profile, {
      sensors: { tickets: () => ({ open }) },
      decider: () => noop({ journal: `saw ${open}`, more: false }),
    });
  }
  await using shell = await watching(profile);
  await shell.seen(/GOALS 1[^]*close +p0 +75 % +overdue 2 h/);
  await shell.type("/");
  await shell.type("-l", "close");
  await shell.seen(/▸⚑ close[^]*^\/close\|/m);
  await shell.type("Enter");
  await shell.seen(/metric +2, from 8 to 0, 75 %[^]*history +█▅▁[^]*3 values since/);
  await shell.type("Escape", "/");
  await shell.type("-l", "tidy");
  await shell.seen(/^\/tidy\|/m);
  await shell.type("Enter");
  await shell.seen(/SCHEDULES 1[^]*▸ {2}tidy +in \d+ (h|min|s)\S* +every 12h +Tidy 漢字 up/);
  assertEquals((await shell.screen()).match(/│ \d{4}-\d\d-\d\d (00|12):00 UTC/g)?.length, 5);
  await shell.type("Escape", "/");
  await shell.type("-l", "saw 5");
  await shell.seen(/^\/saw 5\|/m);
  await shell.type("Enter");
  await shell.seen(/▸ .*saw 5[^]*woken by +sensor:tickets changed/);

  await using pulse = looopOn(profile, []);
  await shell.seen(
    /^looop {2}⚑ \d+ waiting {2}deciding for \d+ s \(slow-model\) {2}today/m,
    60_000,
  );
  assertMatch(await shell.tell("#{pane_title}"), /^looop: \d+ waiting, deciding$/);
  await shell.resize(60, 15);
  await shell.seen(/^looop {2}⚑ \d+ {2}deciding \d+ s \(slow-model\) {2}\$0/m);
  await shell.seen(/\? help {2}q quit/);
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
  for (const [signal, status] of [["TERM", 143], ["HUP", 129], ["QUIT", 131]]) {
    const exec = `echo $$ >pid; exec ${launcher} watch`;
    await shell.type("-l", `sh -c '${exec}'; echo left $?`);
    await shell.type("Enter");
    await shell.seen(/^looop {2}⚑/m);
    Deno.kill(
      Number(await Deno.readTextFile(`${profile.root}/pid`)),
      `SIG${signal}` as Deno.Signal,
    );
    await shell.seen(new RegExp(`^left ${status}`, "m"));
    await usable(shell);
  }
  // Nor does a bug leave it in a state that takes a reset.
  await shell.type("-l", `${Deno.execPath()} run -A ${fixture}; echo left $?`);
  await shell.type("Enter");
  await shell.seen(/^a frame/m);
  await shell.type("x");
  await shell.seen(/^error: .*a bug[^]*^left 1/m);
  await usable(shell);
  await using piped = looopOn(profile, ["watch"]);
  const { status, stderr } = await piped.end;
  assertEquals(status, 2);
  assertMatch(stderr, /looop watch needs a terminal; programs can use looop status --json/);
});
