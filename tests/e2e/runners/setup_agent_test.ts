import { assertStringIncludes } from "@std/assert";
import { PROGRAM_MS } from "../../support/eventually.ts";
import { launcher } from "../../support/looop.ts";
import { installRunners } from "./install_runners.ts";
import { CLAUDE, go, newHome } from "./new_home.ts";

await installRunners();

const NOOP = { action: "noop", reason: "nothing is left to do", journal: "nothing to do" };

Deno.test("who declines finds an ask, and looop setup-agent goes on later, for a pulse in the background", async () => {
  await using home = await newHome("claude");
  home.server.reply({ text: JSON.stringify(NOOP) });
  {
    await using looop = await home.type(["up"]);
    await looop.seen(/Open claude now to set it up\? \(Y\/n\)/, PROGRAM_MS);
    await looop.type("n", "Enter");
    await looop.seen(/To set it up later: looop setup-agent claude/, PROGRAM_MS);
    await looop.seen(/status 0/, PROGRAM_MS);
  }
  assertStringIncludes(await home.asks(), "\n  looop setup-agent claude\n");
  await using looop = await home.type(["setup-agent"]);
  await go(looop, CLAUDE);
  await looop.seen(/claude is ready\nstatus 0/, PROGRAM_MS);
  await looop.run(`until "${launcher}" asks | grep 'nothing needs you'; do sleep 1; done`);
  await looop.seen(/^nothing needs you$/m, PROGRAM_MS);
});

Deno.test("Ctrl-\\ Ctrl-\\ leaves a program that is not ready, and the next command opens it where it was", async () => {
  await using home = await newHome("claude");
  await using looop = await home.type(["setup-agent", "claude"]);
  await go(looop, [...CLAUDE.slice(0, 1), [/Do you want to use this API key/, "C-\\", "C-\\"]]);
  await looop.seen(/claude is not ready: Claude Code is not set up\.[^]*status 1/, PROGRAM_MS);
  await looop.run(`"${launcher}" setup-agent; echo "status $?"`);
  await go(looop, CLAUDE.slice(1));
  await looop.seen(/claude is ready\nstatus 0/, PROGRAM_MS);
});
