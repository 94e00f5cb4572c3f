import { assertEquals } from "@std/assert";
import { partsOf } from "../../src/admit/parts.ts";
import type { Move } from "../../src/schema/move.ts";

const journal = "x";
const config: Parameters<typeof partsOf>[1] = {
  worker_runner: "mine",
  runners: { mine: { worker: "my-agent" }, pi: { worker: "my-pi" }, codex: { worker: "my-codex" } },
};
const worker = { action: "start_worker", id: "w", prompt: "x", journal } as const;

for (
  const [what, move, parts] of [
    ["a noop", { action: "noop", reason: "x", journal }, ["move noop"]],
    ["a question", { action: "ask", question: "x", journal }, ["move ask"]],
    ["a new goal", { action: "write_goal", id: "g", body: "ls", journal }, ["move write_goal"]],
    ["a stop", { action: "stop_worker", id: "w", reason: "x", journal }, ["move stop_worker"]],
    ["a removal", { action: "remove_sensor", name: "a.sh", journal }, ["move remove_sensor"]],
    ["a command", { action: "run", command: "git log", journal }, ["move run: git log (git,log)"]],
    [
      "a sensor",
      { action: "write_sensor", name: "a.sh", script: "ls", journal },
      ["move write_sensor", "script run: ls (not simple)"],
    ],
    ["a worker", worker, ["move start_worker", "worker run: my-agent (my-agent)"]],
    [
      "a worker with a verify command",
      { ...worker, verify: "make test" },
      [
        "move start_worker",
        "verify run: make test (make,test)",
        "worker run: my-agent (my-agent)",
      ],
    ],
    [
      "a worker of any runner",
      { ...worker, runner: "auto" },
      ["move start_worker", "worker run: my-pi (my-pi)", "worker run: my-codex (my-codex)"],
    ],
    ["a worker of a preset alone", { ...worker, runner: "claude" }, ["move start_worker"]],
  ] as [string, Move, string[]][]
) {
  Deno.test(`partsOf lists what policy judges of ${what}`, () => {
    assertEquals(
      partsOf(move, config).map(({ part, move, tokens }) =>
        move.action !== "run"
          ? `${part} ${move.action}${tokens === null ? "" : " (tokens)"}`
          : `${part} run: ${move.command} (${tokens?.simple ? tokens.argv : "not simple"})`
      ),
      parts,
    );
  });
}
