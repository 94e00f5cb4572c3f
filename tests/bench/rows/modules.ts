import { join, toFileUrl } from "@std/path";
import { checkout, type EmptyHome } from "../../support/looop.ts";
import { addSensor, benchHome } from "../bench_home.ts";
import type { Figure, Row } from "../row.ts";
import { environmentIn } from "../run.ts";

/** How much of the source a tick loads, and how many of its files have a function that runs, by V8's coverage. */
export const modules: Row = {
  name: "modules",
  undisturbed: true,
  async measure() {
    await using home = await benchHome();
    await addSensor(home, "calm", `echo '{"signal":1}'`);
    await traceTick(home);
    const idle = await traceTick(home);
    if (idle.outcome !== "idle") throw new Error(`the tick was ${idle.outcome}, not idle`);
    const command = { action: "run", command: "ls", journal: "listed files", more: false };
    await Deno.writeTextFile(
      join(home.dir, ".config", "looop.json"),
      JSON.stringify({
        runner: "mine",
        runners: { mine: { tick: `cat >/dev/null; echo '${JSON.stringify(command)}'` } },
        budget: { unknown_cost: "ignore" },
      }),
    );
    await Deno.writeTextFile(join(home.dataDir, "PLAYBOOK.md"), "# Another playbook\n");
    const moved = await traceTick(home);
    if (moved.outcome !== "moved") throw new Error(`the tick was ${moved.outcome}, not moved`);
    const figure = (what: string, count: number, limit: number): Figure => ({
      ...{ what, floor: "", unit: "files", min: count, median: count, max: count, limit },
    });
    return [
      figure("modules that an idle tick with a sensor loads", idle.loaded, 65),
      figure("files executed by an idle tick with a sensor", idle.executed, 60),
      figure("files executed by a tick with a `run` move", moved.executed, 95),
    ];
  },
};

interface Traced {
  outcome: string;
  /** Files of the program that were loaded. */
  loaded: number;
  /** Those with a function that ran. */
  executed: number;
}

/** A script in V8's coverage report, as Deno writes it. */
interface ScriptCoverage {
  url: string;
  functions: { functionName: string; ranges: { count: number }[] }[];
}

async function traceTick(home: EmptyHome): Promise<Traced> {
  const coverage = await Deno.makeTempDir();
  try {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--no-prompt", "--unstable-lazy-dynamic-imports"],
        ...[`--coverage=${coverage}`, join(checkout, "main.ts"), "tick", "--json"],
      ],
      ...{ cwd: home.dir, env: environmentIn(home), clearEnv: true, stdin: "null" },
    }).output();
    const { outcome } = JSON.parse(new TextDecoder().decode(stdout));
    const root = toFileUrl(checkout).href.replace(/\/?$/, "/");
    const scripts: ScriptCoverage[] = [];
    for await (const { name } of Deno.readDir(coverage)) {
      if (!name.endsWith(".json")) continue;
      const script = JSON.parse(await Deno.readTextFile(join(coverage, name)));
      const path = script.url.startsWith(root) ? script.url.slice(root.length) : "";
      if (path === "main.ts" || /^src\/.*\.ts$/.test(path)) scripts.push(script);
    }
    return { outcome, loaded: scripts.length, executed: scripts.filter(hasRun).length };
  } finally {
    await Deno.remove(coverage, { recursive: true });
  }
}

/** A function without a name may be the module itself, which runs whenever it is loaded. */
function hasRun({ functions }: ScriptCoverage): boolean {
  return functions.some(({ functionName, ranges }) => functionName !== "" && ranges[0].count > 0);
}
