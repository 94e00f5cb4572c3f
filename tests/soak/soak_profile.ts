import { join } from "@std/path";
import type { TempProfile } from "../support/temp_profile.ts";
import { workerProfile } from "../support/worker_profile.ts";

/** A profile on which something happens at nearly every tick, and what counts it from outside. */
export interface SoakProfile extends TempProfile {
  /** How many ticks have sensed: one sensor runs on each. */
  ticks(): Promise<number>;
  /** How often the runner was called. */
  calls(): Promise<number>;
  /** What the admitted commands wrote: a line each. */
  made(): Promise<string[]>;
}

/** Makes one. Nothing of it is left to chance, but when the runner is asked depends on how the ticks fall. */
export async function soakProfile(): Promise<SoakProfile> {
  const profile = await workerProfile();
  const at = (name: string) => join(profile.root, name);
  for (const [name, script] of Object.entries(sensors(at))) {
    await profile.write(`sensors/${name}`, script);
  }
  await Deno.writeTextFile(at("runner"), runner(at), { mode: 0o700 });
  await Deno.writeTextFile(profile.configPath, JSON.stringify(config(at)));
  const size = async (path: string) => (await Deno.stat(path).catch(() => null))?.size ?? 0;
  return {
    ...profile,
    ticks: () => size(at("ticks")),
    calls: () => size(at("calls")),
    made: async () => {
      const text = await Deno.readTextFile(at("made")).catch(() => "");
      return text.split("\n").filter(Boolean);
    },
  };
}

/** `asked` and `denied` commands are the ones that policy lets nobody make at once. */
function config(at: (name: string) => string) {
  const starts = (text: string) => `move.action == "run" && move.command.startsWith("${text}")`;
  return {
    runner: "mine",
    runners: {
      mine: {
        tick: at("runner"),
        worker: "if grep -q LINGER {{prompt_file}}; then sleep 300; else sleep 0.2; fi",
      },
    },
    budget: { decides_per_hour: 100_000, workers: 4, unknown_cost: "ignore" },
    policy: [
      { name: "soak-asks", when: starts("echo asked"), then: "ask" },
      { name: "soak-denies", when: starts("echo denied"), then: "deny" },
      { name: "soak-allows", when: "true", then: "allow" },
    ],
  };
}

/** Each counts its own runs, and changes, fails, hangs and recovers by turns. */
function sensors(at: (name: string) => string): Record<string, string> {
  const counted = (name: string, header: string, body: string) =>
    `#!/bin/bash
# looop: ${header}
printf . >>'${at(name)}'
n=$(stat -c %s '${at(name)}')
${body}
`;
  return {
    "beat.sh": counted("ticks", "trust=trusted", `echo '{"beats": true}'`),
    // Never on five ticks running, which would be called flapping.
    "wave.sh": counted("wave", "trust=trusted", `echo "{\\"wave\\": $(((n + n / 5) / 2))}"`),
    "brittle.sh": counted(
      "brittle",
      "trust=trusted",
      `case $((n % 30)) in
  [0-4]) echo 'the disk is full of bees' >&2; exit 3 ;;
  1[0-2]) yes 'no JSON at all' | head -c 2000000 ;;
  1[5-7]) kill -9 $$ ;;
  *) echo '{"fine": true}' ;;
esac`,
    ),
    "sleepy.sh": counted(
      "sleepy",
      "timeout=0.2",
      `case $((n % 25)) in
  1 | 2) sleep 300 & sleep 300 ;;
  *) echo "{\\"signal\\": {\\"awake\\": $((n / 25))}, \\"detail\\": $n}" ;;
esac`,
    ),
    "seldom.sh": counted("seldom", "interval=5", `echo "{\\"seldom\\": $n}"`),
    "typed.ts": "// looop: interval=15\nconsole.log(JSON.stringify({ typed: true }));\n",
  };
}

/** Answers with another kind of move at each call, once in a round with none at all. */
function runner(at: (name: string) => string): string {
  const moves = [
    `{"action": "noop", "reason": "all is well", "journal": "looked around @"}`,
    `{"action": "run", "command": "echo ran @ >>MADE", "journal": "ran @"}`,
    `{"action": "write_goal", "id": "tea", "body": "---\\ngoal: Tea @\\n---\\n", "journal": "tea @"}`,
    `{"action": "start_worker", "id": "errand", "prompt": "go", "more": false, "journal": "sent @"}`,
    `This is no move.`,
    `{"action": "noop", "reason": "it was refused", "journal": "thought again @"}`,
    `{"action": "ask", "question": "Which tea, @?", "more": false, "journal": "asked which tea @"}`,
    `{"action": "write_sensor", "name": "extra.sh", "script": "#!/bin/sh\\necho {}\\n", "journal": "looks @"}`,
    `{"action": "archive_goal", "id": "tea", "more": false, "journal": "drank tea @"}`,
    `{"action": "run", "command": "yes flood | head -c 3000000", "journal": "flooded @"}`,
    `{"action": "run", "command": "echo asked @ >>MADE", "more": false, "journal": "wanted @"}`,
    `{"action": "noop", "reason": "quiet", "journal": "nothing to do @"}`,
    `{"action": "start_worker", "id": "idler", "prompt": "LINGER", "journal": "hired @"}`,
    `{"action": "remove_sensor", "name": "extra.sh", "journal": "looks away @"}`,
    `{"action": "stop_worker", "id": "idler", "reason": "idle", "more": false, "journal": "fired @"}`,
    `{"action": "write_playbook", "body": "# Playbook @\\n", "more": false, "journal": "learned @"}`,
    `{"action": "run", "command": "echo denied @ >>MADE", "journal": "tried @"}`,
    `{"action": "noop", "reason": "nothing", "more": false, "journal": "rested @"}`,
  ];
  const cases = moves.map((move, index) => `  ${index}) move='${move}' ;;`).join("\n");
  return `#!/bin/bash
n=$(stat -c %s '${at("calls")}' 2>/dev/null || echo 0)
printf . >>'${at("calls")}'
cat >/dev/null
case $((n % ${moves.length})) in
${cases}
esac
move=\${move//@/$n}
echo "\${move//MADE/${at("made")}}"
`;
}
