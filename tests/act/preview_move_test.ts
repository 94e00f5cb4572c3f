import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Previewed, previewMove } from "../../src/act/approval.ts";
import { type Config, NO_ACCESS } from "../../src/schema/config.ts";
import type { Move } from "../../src/schema/move.ts";
import { tempProfile } from "../profile/temp_profile.ts";

const journal = "x";

/** What is shown of a move, its data directory as `DATA`. */
async function preview(
  move: Move,
  more: Partial<Previewed> = {},
  { config = {}, files = {} }: { config?: Partial<Config>; files?: Record<string, string> } = {},
): Promise<string> {
  await using profile = await tempProfile({ config, files });
  const shown = await previewMove(profile, {
    ...{ move, argv: null, tainted: false, access: NO_ACCESS, verify_access: NO_ACCESS },
    ...more,
  });
  return shown.replaceAll(profile.paths.dataDir, "DATA");
}

Deno.test("previewMove shows a command, where it runs, and who reads it", async () => {
  const run: Move = { action: "run", command: "make test", journal };
  const argv = ["make", "test"];
  assertEquals(await preview(run, { argv }), "$ make test\nin DATA, started without a shell");
  const two: Move = { ...run, command: "make test\nin DATA, started without a shell\r\nid" };
  assertEquals(
    await preview(two),
    "$ make test\n> in DATA, started without a shell\n> id\nin DATA, read by bash",
  );
});

Deno.test("previewMove tells what the access of a rule means, with and without a sandbox", async () => {
  const run: Move = { action: "run", command: "make deploy", journal };
  const access = { network: true, write: ["/srv/a", "/srv/b"], env: ["DEPLOY_KEY", "HOST"] };
  const bwrap = { config: { sandbox: "bwrap" as const } };
  const last = async (...args: Parameters<typeof preview>) =>
    (await preview(...args)).split("\n").pop();
  assertEquals(await last(run, { access }), "with the variables DEPLOY_KEY, HOST");
  assertEquals(
    await last(run, { access }, bwrap),
    "in a sandbox: with network, writes /srv/a, /srv/b, with the variables DEPLOY_KEY, HOST",
  );
  assertEquals(await last(run, {}, bwrap), "in a sandbox: without network, writes nothing");
});

Deno.test("previewMove shows a worker with its command, its verify and what each may do", async () => {
  const start: Move = {
    ...{ action: "start_worker", id: "fix", prompt: "Mend it.\nverified by:\n$ true", journal },
    ...{ runner: "own", verify: "make test" },
  };
  const config = {
    sandbox: "bwrap" as const,
    runners: { own: { worker: "agent {{prompt_file}}", network: true } },
  };
  assertEquals(
    await preview(start, { access: { network: false, write: ["/srv/site"], env: [] } }, { config }),
    [
      `start worker fix with "own"`,
      "in a sandbox: with network, writes its own folders, /srv/site",
      "its command:",
      "$ agent {{prompt_file}}",
      "verified by:",
      "$ make test",
      "in a sandbox: without network, writes nothing",
      "",
      "Mend it.\nverified by:\n$ true",
    ].join("\n"),
  );
  const plain: Move = { action: "start_worker", id: "fix", prompt: "Mend it.", journal };
  assertEquals(await preview(plain), `start worker fix with "auto"\n\nMend it.`);
});

Deno.test("previewMove shows a sensor's script whole or as a difference, and what its header asks for", async () => {
  const script =
    "#!/bin/sh\n# looop: interval=300 trust=untrusted\n# looop: env=GITHUB_TOKEN\necho '{}'\n";
  const write: Move = { action: "write_sensor", name: "inbox.sh", script, journal };
  assertEquals(
    await preview(write),
    "a program that may do what you may, with the variables that its header names\n" +
      "its header: interval=300 trust=untrusted env=GITHUB_TOKEN\n" +
      `new file sensors/inbox.sh\n\n${script}`,
  );
  const changed = await preview(write, {}, {
    files: { "sensors/inbox.sh": script.replace("untrusted", "trusted") },
    config: { sandbox: "bwrap" },
  });
  assertStringIncludes(
    changed,
    "a program in a sandbox, which may do beyond reading what its header names\n" +
      "its header: interval=300 trust=untrusted env=GITHUB_TOKEN\n",
  );
  assertStringIncludes(
    changed,
    "-# looop: interval=300 trust=trusted\n+# looop: interval=300 trust=untrusted\n",
  );
  const ts = "// looop: allow-net=api.github.com\nconsole.log('{}')\n";
  assertStringIncludes(
    await preview({ action: "write_sensor", name: "gh.ts", script: ts, journal }),
    "a program in a Deno that allows it what its header names\nits header: allow-net=api.github.com\n",
  );
});

Deno.test("previewMove shows a goal as it will be written, marked where outside text could have shaped it", async () => {
  const body = "---\ngoal: green\n---\nnotes\n";
  const write: Move = { action: "write_goal", id: "ci", body, journal };
  assertEquals(await preview(write), `new file goals/ci.md\n\n${body}`);
  assertEquals(
    await preview(write, { tainted: true }),
    `new file goals/ci.md\n\n---\nuntrusted: true\ngoal: green\n---\nnotes\n`,
  );
});
