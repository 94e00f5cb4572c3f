import { assertEquals, assertMatch } from "@std/assert";
import { presets } from "../../../src/decide/runners/runner.ts";
import type { Finding } from "../../../src/doctor/check.ts";
import { deciding } from "./deciding.ts";
import { installRunners } from "./install_runners.ts";

const NOOP = JSON.stringify({ action: "noop", reason: "asked", journal: "looked around" });

await installRunners();

for (const name of presets.keys()) {
  Deno.test(`looop doctor tells ${name}'s version, and with --live that it answers, metered`, async () => {
    await using loop = await deciding(name);
    loop.server.reply({ text: NOOP });
    await loop.tick();
    const asked = async (...args: string[]) => {
      const { stdout } = await loop.looop("doctor", "--json", ...args);
      const checks: Finding[] = JSON.parse(stdout).checks;
      return (check: string) => checks.filter((one) => one.check === check);
    };
    const quiet = await asked();
    const [{ level, found }] = quiet(`runner ${name}`);
    assertEquals(level, "ok", found);
    assertMatch(found, /^\D*\d+\.\d+\.\d+.* at \//);
    assertEquals(quiet("decisions")[0].found, `by ${name} (set in the config)`);
    assertEquals(loop.server.requests.length, 1);

    loop.server.reply({ text: NOOP });
    const [answered] = (await asked("--live"))("live");
    assertEquals(answered.level, "ok", answered.found);
    const cost = name === "codex" ? "cost unknown" : "\\$0\\.00\\d\\d";
    assertMatch(answered.found, new RegExp(`^${name} answered: \\d+\\.\\d s, ${cost}$`));
    assertEquals((await loop.ledger()).map(({ runner }) => runner), [name, name]);

    loop.server.reply({ status: 401 });
    const [refused] = (await asked("--live"))("live");
    assertEquals(refused.level, "fail");
    assertMatch(refused.found, new RegExp(`^${name}: .*(401|API key)`));
  });
}
