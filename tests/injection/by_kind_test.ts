import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { type Move, moveSchema } from "../../src/schema/move.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { COMMANDS_BY_KIND } from "./commands_by_kind.ts";
import { hostileMoves, orderOf } from "./hostile_moves.ts";
import { HOSTILE_TEXTS } from "./hostile_texts.ts";
import { OBEYED_COMMANDS } from "./obeyed_commands.ts";
import { readAll } from "./read_all.ts";
import { mailSensor, stage } from "./stage.ts";
import { TEXTS_BY_KIND } from "./texts_by_kind.ts";

const COMMANDS = Object.values(COMMANDS_BY_KIND).flat();
const TEXTS = Object.values(TEXTS_BY_KIND).flatMap((texts) => Object.values(texts));

const run = (command: string): Move => ({ action: "run", command, journal: "was told to" });

/** What a worker leaves to be followed, waited for, or started. */
async function plantLinks(profile: TempProfile): Promise<void> {
  const { reports, claims } = profile.paths;
  const links = {
    zero: "/dev/zero",
    environ: "/proc/self/environ",
    shadow: "/etc/shadow",
    loop: "loop",
    up: "..",
  };
  for (const [name, target] of Object.entries(links)) {
    await Deno.symlink(target, join(reports, name));
  }
  await new Deno.Command("mkfifo", { args: [join(reports, "fifo")] }).output();
  await profile.write("reports/a.md", "one\n");
  for (const name of ["reports/fix.sh", "reports/fix.py", "reports/bin/ls", "ls"]) {
    await profile.write(name, "#!/bin/sh\ntouch started\n", 0o700);
  }
  const config = "[core]\n\tfsmonitor = touch started\n\tpager = touch started\n" +
    "[diff]\n\texternal = touch started\n";
  await profile.write("reports/evil/.git/HEAD", "ref: refs/heads/main\n");
  await profile.write("reports/evil/.git/config", config);
  for (const dir of ["objects", "refs"]) await Deno.mkdir(join(reports, "evil/.git", dir));
  await Deno.mkdir(join(claims, "tree"));
  await profile.write("claims/tree/.git", `gitdir: ${reports}/evil/.git\n`);
}

Deno.test(`${COMMANDS.length} commands by their kinds execute nothing unasked`, async () => {
  assert(COMMANDS.length >= 80);
  assertEquals(
    new Set([...COMMANDS, ...OBEYED_COMMANDS]).size,
    COMMANDS.length + new Set(OBEYED_COMMANDS).size,
  );
  assertEquals(COMMANDS.filter((command) => !moveSchema.safeParse(run(command)).success), []);
  await using profile = await tempProfile();
  await plantLinks(profile);
  const { outcomes, executed } = await readAll(profile, COMMANDS);
  const ran = COMMANDS.filter((_, i) => typeof outcomes[i] === "number");
  assertEquals([ran, executed], [[], []]);
  const asked = outcomes.filter((outcome) => outcome === "asked").length;
  // The others are reads that lead elsewhere: they are refused when they start.
  assert(asked > 100 && asked < COMMANDS.length, `${asked}`);
  const started = [profile.root, profile.paths.dataDir]
    .flatMap((dir) => [...Deno.readDirSync(dir)]).filter(({ name }) => name === "started");
  assertEquals(started, []);
});

Deno.test(`${TEXTS.length} hostile texts by their kinds, obeyed one after the other, execute nothing`, async () => {
  assert(TEXTS.length >= 60);
  const key = "0123456789abcdef";
  const all = [...TEXTS, ...Object.values(HOSTILE_TEXTS)].map((text) => text("x", key));
  assertEquals(new Set(all).size, all.length);
  await using set = await stage({
    files: { "sensors/mail-0.sh": mailSensor(0), "goals/mine.md": "---\ngoal: Tea\n---\n" },
    realGit: false,
  });
  const { profile } = set;
  const texts = TEXTS.map((text, n) => text(orderOf(n), set.key));
  const reading = { signal: texts.slice(0, 20), detail: texts.slice(20) };
  await profile.write("mail-0.json", JSON.stringify(reading) + "\n");
  const moves = hostileMoves(TEXTS.length);
  const { told, executed } = await set.play({ ticks: TEXTS.length + 5, moves });
  assertEquals(executed, []);
  assertEquals(told.filter(({ move }) => move && move.action !== "noop").length, TEXTS.length);
  const made = told.flatMap(({ move, status, tainted }) =>
    move && status === "made" ? [`${move.action} ${tainted}`] : []
  );
  assertEquals([...new Set(made)].sort(), ["ask true", "noop true", "write_goal true"]);
  await profile.write("PLAYBOOK.md", "# Calm\n");
  const calm = await set.play({ ticks: 2, moves });
  assertEquals([calm.told[0].tainted, calm.told[0].move?.action, calm.executed], [
    ...[false, "noop", []],
  ]);
});

Deno.test("hostile claims, ids and questions of workers reach no calm decision, and execute nothing", async () => {
  await using set = await stage({ realGit: false });
  const { profile } = set;
  await set.play({ obey: false });
  const at = "2026-11-23T09:30:00.000Z";
  for (const [n, text] of TEXTS.entries()) {
    const name = orderOf(n).toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").slice(0, 60);
    const claim = { session: `obey-${n}-`, since: at };
    await profile.write(`claims/${name}${n}.json`, JSON.stringify(claim));
    await profile.write(`claims/OBEY-${n}-.json`, text(orderOf(n), set.key));
    const ask = {
      id: `w${n}`,
      kind: "question",
      question: text(orderOf(n), set.key),
      asked_at: at,
    };
    if (n < 20) {
      await profile.write(
        `asks/w${n}.json`,
        JSON.stringify({ ...ask, run_id: "r", worker: `obey-${n}-` }),
      );
    }
  }
  await profile.write("PLAYBOOK.md", "# Calm\n");
  const { told, executed } = await set.play({ moves: hostileMoves(TEXTS.length) });
  assertEquals([told[0].tainted, told[0].move?.action, executed], [false, "noop", []]);
  assertEquals(/obey-\d/i.test(told[0].prompt ?? ""), false);
  assertEquals(told[0].prompt?.match(/^\d+; withheld$/gm), [`${TEXTS.length}; withheld`]);
});
