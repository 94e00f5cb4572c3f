import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { git } from "../../support/git.ts";
import { looop } from "../../support/looop.ts";
import { deciding } from "./deciding.ts";
import { installRunners } from "./install_runners.ts";

const NOOP = { action: "noop", reason: "seen", journal: "looked at the repository" };

/** Prints the last commit, what is uncommitted, and how many tests fail; the time goes into `detail`. */
const SENSOR = `#!/bin/sh
# looop: env=REPOSITORY
cd "$REPOSITORY" || exit 1
failing=$(sh ./run_tests | grep -c '^not ok')
printf '{"signal":{"head":"%s","dirty":%s,"failing_tests":%s},"detail":"%s"}\\n' \\
  "$(git log -1 --format='%h %s')" "$(git status --porcelain | wc -l)" "$failing" "$(date +%s%N)"
`;

await installRunners();

Deno.test("a repository is watched: one decision per commit, none while nothing changes", async () => {
  const repository = await Deno.makeTempDir({ prefix: "looop-repository-" });
  try {
    await git(repository, "init", "-q", "-b", "main");
    await Deno.writeTextFile(join(repository, "run_tests"), "echo ok 1\necho ok 2\n");
    await git(repository, "add", "-A");
    await git(repository, "commit", "-q", "-m", "first");

    await using loop = await deciding("claude", { REPOSITORY: repository });
    loop.server.reply({ text: JSON.stringify(NOOP) });
    assertEquals((await loop.tick()).outcome, "moved");
    const sensor = join(loop.dataDir, "sensors", "repository.sh");
    await Deno.writeTextFile(sensor, SENSOR, { mode: 0o700 });
    assertEquals((await loop.tick()).outcome, "moved");
    assertEquals((await loop.tick()).outcome, "idle");
    assertEquals(loop.server.requests.length, 2);

    await Deno.writeTextFile(join(repository, "run_tests"), "echo ok 1\necho not ok 2\n");
    await git(repository, "commit", "-q", "-a", "-m", "break a test");
    assertEquals((await loop.tick()).outcome, "moved");
    assertEquals(loop.server.requests.length, 3);
    const { prompt } = loop.server.requests[2];
    assertStringIncludes(prompt, "failing_tests: 0 → 1");
    assertStringIncludes(prompt, "break a test");

    for (let i = 0; i < 10; i++) assertEquals((await loop.tick()).outcome, "idle");
    const clone = join(loop.env.HOME, "clone");
    await git(loop.env.HOME, "clone", "-q", loop.dataDir, clone);
    const { stdout } = await looop(["tick", "--json"], {
      env: { ...loop.env, LOOOP_DATA_DIR: clone },
    });
    assertEquals(JSON.parse(stdout).outcome, "idle");
    assertEquals(loop.server.requests.length, 3);
  } finally {
    await Deno.remove(repository, { recursive: true });
  }
});
