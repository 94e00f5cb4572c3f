import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { eventually } from "../support/eventually.ts";
import { git, subjects } from "../support/git.ts";
import { looop, spawnLooop } from "../support/looop.ts";

function endNow(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    // It has just ended by itself.
    if (!(error instanceof TypeError)) throw error;
  }
}

Deno.test("a tick that is killed while it records a used-up budget is finished by the next: nothing doubles", async () => {
  for (const delayMs of [0, 5, 20]) {
    const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "looop_held_" }));
    try {
      const data = join(home, "data");
      const config = join(home, "looop.json");
      const runners = { mine: { tick: "exit 1" } };
      const budget = { decides_per_hour: 0 };
      await Deno.writeTextFile(config, JSON.stringify({ runner: "mine", runners, budget }));
      const env = {
        PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
        HOME: home,
        LOOOP_DATA_DIR: data,
        LOOOP_CONFIG: config,
      };
      const child = spawnLooop(["tick"], { env });
      await eventually("the used-up budget is being recorded", async () => {
        return await Deno.stat(join(data, "journal.md")).then(() => true, () => false);
      }, 30_000);
      // Each is another moment to be killed at; whichever write it hits, the same has to come out. tests/crash/ kills a
      // tick at each of its writes.
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      endNow(child);
      await child.output();

      const { code, stdout } = await looop(["tick", "--json"], { env });
      assertEquals([code, JSON.parse(stdout).outcome], [0, "held"]);
      const journal = await Deno.readTextFile(join(data, "journal.md"));
      assertEquals(
        journal.match(/ over budget: 0 runner calls within an hour/g)?.length,
        1,
        journal,
      );
      const asks = [...Deno.readDirSync(join(data, "asks"))].filter(({ name }) =>
        name.endsWith(".json")
      );
      assertEquals(asks.length, 1);
      const commits = await subjects(data);
      assertEquals(commits.filter((subject) => subject.includes("over budget:")).length, 1);
      assertEquals(await git(data, "status", "--porcelain"), "");
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  }
});
