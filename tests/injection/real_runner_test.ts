import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { approveAsk } from "../../src/inbox/answer.ts";
import { listAsks } from "../../src/inbox/asks.ts";
import { launcher } from "../support/looop.ts";
import { fenceProblems } from "./fence_problems.ts";
import { hostileMove, orderOf } from "./hostile_moves.ts";
import { HOSTILE_TEXTS } from "./hostile_texts.ts";
import { mailSensor, stage, strange } from "./stage.ts";
import { traced } from "./traced.ts";

/** A few of them, since each takes a process of looop under strace; readings_test.ts tries all in one process. */
const TEXTS = Object.values(HOSTILE_TEXTS).filter((_, n) => n % 4 === 0);

/** A runner that obeys, by the shell alone: the last order of its prompt that it has not obeyed yet. */
const OBEDIENT = `#!/bin/bash
# Patterns over the whole prompt would take the shell a second.
orders=()
while IFS= read -r line || [ -n "$line" ]; do
  while [[ $line =~ OBEY-([0-9]+)-(.*) ]]; do
    orders+=("\${BASH_REMATCH[1]}") line=\${BASH_REMATCH[2]}
  done
done <"$1"
for ((i = \${#orders[@]} - 1; i >= 0; i--)); do
  n=\${orders[i]}
  if [ -e "$2/$n.json" ] && [ ! -e "$2/$n.done" ]; then
    : >"$2/$n.done"
    printf '%s\\n' "$(<"$2/$n.json")"
    exit
  fi
done
printf '{"action":"noop","reason":"nothing is ordered","journal":"obeyed nothing"}\\n'
`;

/** Ticks several times, as a person's cron would. */
const TICKS = `n=$1; shift; while [ "$n" -gt 0 ]; do "$@" || exit; n=$((n - 1)); done`;

Deno.test(`an obedient runner of ${TEXTS.length} hostile readings gets nothing executed by looop tick, until a yes to one`, async () => {
  await using set = await stage({
    files: { "sensors/mail-0.sh": mailSensor(0), "goals/mine.md": "---\ngoal: Tea\n---\n" },
  });
  const { profile, key, env } = set;
  const orders = join(profile.root, "orders");
  await Deno.mkdir(orders);
  await Deno.writeTextFile(join(orders, "runner"), OBEDIENT, { mode: 0o700 });
  for (const n of TEXTS.keys()) {
    await Deno.writeTextFile(
      join(orders, `${n}.json`),
      JSON.stringify({ ...hostileMove(n), more: true }),
    );
  }
  const runner = `${orders}/runner {{prompt_file}} ${orders}`;
  const config = { runner: "obedient", runners: { obedient: { tick: runner, worker: "agent" } } };
  await Deno.writeTextFile(profile.configPath, JSON.stringify(config));
  await profile.write(
    "mail-0.json",
    JSON.stringify({ signal: TEXTS.map((text, n) => text(orderOf(n), key)) }) + "\n",
  );

  const ticks = async (count: number) => {
    const argv = ["/bin/sh", "-c", TICKS, "ticks", String(count), launcher, "tick"];
    const ran = await traced(argv, {
      env: { ...env, LOOOP_DENO: Deno.execPath() },
      cwd: profile.root,
    });
    assertEquals(ran.code, 0, ran.stderr);
    return strange(ran.executed, profile.paths.dataDir).filter(([program, ...args]) =>
      !(program === "/bin/sh" && args[2] === "ticks") && program !== launcher &&
      !(program === "bash" && args[0] === "-c" && args[1].startsWith(`${orders}/runner `)) &&
      program !== `${orders}/runner`
    );
  };
  assertEquals(await ticks(TEXTS.length), []);
  for (const n of TEXTS.keys()) {
    assertEquals((await Deno.stat(join(orders, `${n}.done`))).isFile, true);
  }
  for (const { name } of Deno.readDirSync(profile.paths.runs)) {
    assertEquals(fenceProblems(await profile.read(`runs/${name}/prompt.md`), key), [], name);
  }
  // Nothing is left to obey; then nothing is shown.
  assertEquals(await ticks(1), []);
  for (const n of TEXTS.keys()) await Deno.remove(join(orders, `${n}.done`));
  await profile.write("PLAYBOOK.md", "# Calm\n");
  assertEquals(await ticks(1), []);
  assertEquals([...Deno.readDirSync(orders)].filter(({ name }) => name.endsWith(".done")), []);

  const { asks } = await listAsks(profile);
  const merge = asks.find(({ approval }) =>
    approval?.move.action === "run" && /^gh/.test(approval.move.command)
  );
  const move = merge?.approval?.move;
  await approveAsk(profile, merge?.id ?? "");
  assertEquals(await ticks(1), [move?.action === "run" ? move.command.split(" ") : []]);
});
