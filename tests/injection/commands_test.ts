import { assert, assertEquals } from "@std/assert";
import { type Move, moveSchema } from "../../src/schema/move.ts";
import { OBEYED_COMMANDS } from "./obeyed_commands.ts";
import { stage } from "./stage.ts";

const run = (command: string): Move => ({ action: "run", command, journal: "was told to" });
const verified = (verify: string, n: number): Move => ({
  ...{ action: "start_worker", id: `evil-${n}`, prompt: "Do.", verify, journal: "was told to" },
});

/** Those that are long enough to be a command at all; what lies in the data directory is named from there on. */
const VALID = [...new Set(OBEYED_COMMANDS.map((command) => command.replaceAll("/data/", "./")))]
  .filter((command) => moveSchema.safeParse(run(command)).success);

/** Whether what the user would read is what bash reads. */
const isShown = (command: string) => !/[^\P{C}\n\t]|[^\P{Z} ]/u.test(command);
const COMMANDS = VALID.filter(isShown);

const CALM = "a decision that no outside text could have shaped";

Deno.test(`${COMMANDS.length} hostile commands in ${CALM} execute nothing, and a harmless one itself alone`, async () => {
  const ls = run("ls -a goals");
  // Two halves at a time, since a machine has two cores.
  await Promise.all([0, 1].map(async (half) => {
    await using set = await stage({ realGit: false });
    const commands = COMMANDS.filter((_, i) => i % 2 === half);
    const first = [...commands.map(run), ls];
    const { told, executed } = await set.play({ ticks: first.length, forget: true, first });
    assertEquals(executed, [["ls", "-a", "goals"]]);
    assertEquals(told.map(({ move, status }) => [move, status]), [
      ...commands.map((command) => [run(command), "asked"]),
      [ls, "made"],
    ]);
    assertEquals(told.filter(({ tainted }) => tainted !== false), []);
  }));
});

Deno.test(`hostile commands that verify a worker in ${CALM} execute nothing, nor start the worker`, async () => {
  await using set = await stage({ realGit: false });
  const moves = COMMANDS.filter((_, i) => i % 8 === 0).map(verified);
  const { told, executed } = await set.play({ ticks: moves.length, forget: true, first: moves });
  assertEquals(executed, []);
  assertEquals(
    told.map(({ status, tainted }) => [status, tainted]),
    moves.map(() => ["asked", false]),
  );
});

Deno.test(`hostile commands that an ask cannot show in ${CALM} execute nothing, and are not asked for`, async () => {
  await using set = await stage({ realGit: false });
  const odd = VALID.filter((command) => !isShown(command));
  assert(odd.length >= 8, `${odd.length} commands`);
  for (let i = 0; i < odd.length; i += 2) {
    await set.profile.write("PLAYBOOK.md", `# ${i}\n`);
    const first = odd.slice(i, i + 2).map(run);
    const { told, executed } = await set.play({ ticks: first.length, first });
    assertEquals(executed, []);
    assertEquals(
      told.map(({ move, status }) => [move, status]),
      first.map((move) => [move, "failed"]),
    );
  }
});
