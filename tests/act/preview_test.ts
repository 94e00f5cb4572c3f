import { assertEquals, assertStringIncludes } from "@std/assert";
import { previewAction } from "../../src/act/approval.ts";
import { type Access, type Config, NO_ACCESS } from "../../src/schema/config.ts";
import type { Move } from "../../src/schema/move.ts";
import { effectOf, writeOf } from "../../src/admit/action.ts";
import { type AdmittedAction, type AdmittedCommand, NO_ACTION } from "../../src/schema/action.ts";
import { headerWords } from "../../src/sense/header.ts";
import { commandAs, workerAs } from "../support/run_as.ts";
import { tempProfile } from "../support/temp_profile.ts";

const journal = "x";

/** How its programs were admitted. */
interface Admitted {
  argv?: string[];
  tainted?: boolean;
  access?: Access;
  verify_access?: Access;
  files?: AdmittedCommand["files"];
}

/** What is shown of a move, its data directory as `DATA`. */
async function preview(
  move: Move,
  { argv, tainted = false, access, verify_access, files: named = {} }: Admitted = {},
  { config = {}, files = {} }: { config?: Partial<Config>; files?: Record<string, string> } = {},
): Promise<string> {
  await using profile = await tempProfile({ config, files });
  const action: AdmittedAction = move.action === "start_worker"
    ? workerAs(profile, move, { access })
    : {
      ...{ ...NO_ACTION, sandbox: profile.config.sandbox },
      ...{ write: writeOf(move, tainted), effect: effectOf(move) },
    };
  if (move.action === "run") {
    action.command = { ...commandAs(profile, argv ?? move.command, { access }), files: named };
  } else if (move.action === "write_sensor") action.header = headerWords(move.script);
  else if (move.action === "start_worker" && move.verify) {
    action.verify = commandAs(profile, move.verify, { access: verify_access });
  }
  const shown = await previewAction(profile, action);
  return shown.replaceAll(profile.paths.dataDir, "DATA");
}

Deno.test("previewAction shows a command, where it runs, and who reads it", async () => {
  const run: Move = { action: "run", command: "make test", journal };
  const argv = ["make", "test"];
  assertEquals(await preview(run, { argv }), "$ make test\nin DATA, started without a shell");
  const two: Move = { ...run, command: "make test\nin DATA, started without a shell\nid" };
  assertEquals(
    await preview(two),
    "$ make test\n> in DATA, started without a shell\n> id\nin DATA, read by bash",
  );
});

Deno.test("previewAction tells what the access of a rule means, with and without a sandbox", async () => {
  const run: Move = { action: "run", command: "make deploy", journal };
  const access = {
    ...{ network: true, read: ["~/.ssh", "/srv/key"] },
    ...{ write: ["/srv/a", "/srv/b"], env: ["DEPLOY_KEY", "HOST"] },
  };
  const bwrap = { config: { sandbox: "bwrap" as const } };
  const last = async (...args: Parameters<typeof preview>) =>
    (await preview(...args)).split("\n").pop();
  assertEquals(await last(run, { access }), "with the variables DEPLOY_KEY, HOST");
  assertEquals(
    await last(run, { access }, bwrap),
    "in a sandbox: with network, reads ~/.ssh, /srv/key, writes /srv/a, /srv/b, with the variables DEPLOY_KEY, HOST",
  );
  assertEquals(await last(run, {}, bwrap), "in a sandbox: without network, writes nothing");
});

Deno.test("previewAction shows a worker with its command, its verify and what each may do", async () => {
  const start: Move = {
    ...{ action: "start_worker", id: "fix", prompt: "Mend it.\nverified by:\n$ true", journal },
    ...{ runner: "own", verify: "make test" },
  };
  const config = {
    sandbox: "bwrap" as const,
    runners: { own: { worker: "agent {{prompt_file}}", network: true, read: ["~/.aws"] } },
  };
  assertEquals(
    await preview(start, { access: { ...NO_ACCESS, write: ["/srv/site"] } }, { config }),
    [
      `start worker fix with "own"`,
      "in a sandbox: with network, reads ~/.aws, writes its own directories, /srv/site",
      "its command:",
      "$ agent {{prompt_file}}",
      "verified by:",
      "$ make test",
      "in DATA, read by bash",
      "in a sandbox: without network, writes nothing",
      "",
      "Mend it.\nverified by:\n$ true",
    ].join("\n"),
  );
  const plain: Move = { action: "start_worker", id: "fix", prompt: "Mend it.", journal };
  assertEquals(await preview(plain), `start worker fix with "auto"\n\nMend it.`);
});

Deno.test("previewAction shows a sensor's script whole or as a difference, and what its header asks for", async () => {
  const script =
    "#!/bin/sh\n# looop: interval=300 trust=untrusted\n# looop: env=GITHUB_TOKEN\necho '{}'\n";
  const write: Move = { action: "write_sensor", name: "inbox.sh", script, journal };
  assertEquals(
    await preview(write),
    "runs with your permissions, and the variables that its header names\n" +
      "its header: interval=300 trust=untrusted env=GITHUB_TOKEN\n" +
      `new file sensors/inbox.sh\n\n${script}`,
  );
  const changed = await preview(write, {}, {
    files: { "sensors/inbox.sh": script.replace("untrusted", "trusted") },
    config: { sandbox: "bwrap" },
  });
  assertStringIncludes(
    changed,
    "runs in a sandbox that only reads, with the access that its header names\n" +
      "its header: interval=300 trust=untrusted env=GITHUB_TOKEN\n",
  );
  assertStringIncludes(
    changed,
    "-# looop: interval=300 trust=trusted\n+# looop: interval=300 trust=untrusted\n",
  );
  const ts = "// looop: allow-net=api.github.com\nconsole.log('{}')\n";
  assertStringIncludes(
    await preview({ action: "write_sensor", name: "gh.ts", script: ts, journal }),
    "runs in Deno with the permissions that its header names\nits header: allow-net=api.github.com\n",
  );
});

Deno.test("previewAction shows a goal as it will be written, marked where outside text could have shaped it", async () => {
  const body = "---\ngoal: green\n---\nnotes\n";
  const write: Move = { action: "write_goal", id: "ci", body, journal };
  assertEquals(await preview(write), `new file goals/ci.md\n\n${body}`);
  assertEquals(
    await preview(write, { tainted: true }),
    `new file goals/ci.md\n\n---\nuntrusted: true\ngoal: green\n---\nnotes\n`,
  );
});

for (
  const [move, text] of [
    [{ action: "remove_sensor", name: "git.sh", journal }, "remove sensors/git.sh"],
    [{ action: "archive_goal", id: "ci", journal }, "move goals/ci.md to goals/archive/"],
    [
      { action: "stop_worker", id: "fix", reason: "it is stuck", journal },
      "stop worker fix: it is stuck",
    ],
    [
      { action: "tell_worker", id: "fix", text: "skip the\nflaky test", journal },
      "tell worker fix:\n\nskip the\nflaky test",
    ],
    [{ action: "ask", question: "Tea?", journal }, "Tea?"],
    [
      {
        action: "ask",
        question: "Tea?",
        options: ["green", "black"],
        ref: "goals/tea.md",
        journal,
      },
      "about goals/tea.md\nTea?\n- green\n- black",
    ],
    [{ action: "noop", reason: "all is well", journal }, "all is well"],
    [
      { action: "write_playbook", body: "# Mine\n", journal },
      "--- PLAYBOOK.md\tnow\n+++ PLAYBOOK.md\tafter approval\n@@ -1,1 +1,1 @@\n-# Playbook\n+# Mine\n",
    ],
  ] as [Move, string][]
) {
  Deno.test(`previewAction shows ${Object.values(move).join(", ")}`, async () => {
    assertEquals(await preview(move), text);
  });
}

Deno.test("previewAction shows three lines around a change", async () => {
  const lines = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
  const text = (middle: string) => lines.with(4, middle).join("\n") + "\n";
  const shown = await preview({ action: "write_playbook", body: text("x"), journal }, {}, {
    files: { "PLAYBOOK.md": text("5") },
  });
  assertEquals(shown.split("\n").slice(3, -1), [" 2", " 3", " 4", "-5", "+x", " 6", " 7", " 8"]);
});

const bwrap = { sandbox: "bwrap" as const };
const access = (more: Partial<Access>): Access => ({ ...NO_ACCESS, ...more });
for (
  const [runners, runner, granted, config, lines] of [
    [{}, undefined, {}, {}, ['start worker fix with "auto"']],
    [{}, undefined, {}, { worker_runner: "pi" }, ['start worker fix with "pi"']],
    [
      {},
      ...["claude", { network: true }, bwrap],
      [
        'start worker fix with "claude"',
        "in a sandbox: with network, writes its own directories",
      ],
    ],
    // An object has this key by its prototype.
    [
      {},
      ...["constructor", {}, bwrap],
      [
        'start worker fix with "constructor"',
        "in a sandbox: without network, writes its own directories",
      ],
    ],
    [
      { own: { worker: "agent\nmore" } },
      ...["own", { env: ["KEY"] }, {}],
      ['start worker fix with "own"', "with the variables KEY", "its command:", "$ agent\n> more"],
    ],
    [
      { own: { network: true } },
      ...["own", { env: ["KEY"] }, bwrap],
      [
        'start worker fix with "own"',
        "in a sandbox: with network, writes its own directories, with the variables KEY",
      ],
    ],
  ] as [Config["runners"], string | undefined, Partial<Access>, Partial<Config>, string[]][]
) {
  Deno.test(`previewAction shows of a worker: ${lines.join("; ")}`, async () => {
    const move: Move = {
      ...{ action: "start_worker", id: "fix", prompt: "Fix it.", journal },
      ...(runner === undefined ? {} : { runner }),
    };
    const shown = await preview(move, { access: access(granted) }, {
      config: { runners, ...config },
    });
    assertEquals(shown, [...lines, "", "Fix it."].join("\n"));
  });
}

Deno.test("previewAction shows what the verify of a worker may do apart from the worker", async () => {
  const move: Move = {
    ...{ action: "start_worker", id: "fix", prompt: "Fix it.", runner: "pi", journal },
    verify: "make\ntest",
  };
  const verify_access = access({ network: true, write: ["/srv"] });
  assertEquals(
    await preview(move, { verify_access }, { config: bwrap }),
    [
      'start worker fix with "pi"',
      "in a sandbox: without network, writes its own directories",
      "verified by:",
      "$ make\n> test",
      "in DATA, read by bash",
      "in a sandbox: with network, writes /srv",
      "",
      "Fix it.",
    ].join("\n"),
  );
});

for (
  const [what, script, header] of [
    ["no header", "#!/bin/sh\necho looop: x\n", "none"],
    ["an empty header", "#!/bin/sh\n# looop:\n", "none"],
    [
      "a header with Windows line ends",
      "#!/bin/sh\r\n  #  looop: a=1 \r\n//looop:b=2\r\n",
      "a=1 b=2",
    ],
    ["a header within its first 20 lines", `${"\n".repeat(19)}# looop: a=1\n`, "a=1"],
    [
      "a header that goes on behind its first 20 lines",
      `${"\n".repeat(19)}# looop: a=1\n# looop: b=2\n`,
      "invalid, so it will not run: line 21 is behind the first 20 lines",
    ],
    ["no header behind other text", "#!/bin/sh\nx # looop: a=1\n", "none"],
  ]
) {
  Deno.test(`previewAction finds in a sensor ${what}`, async () => {
    const move: Move = { action: "write_sensor", name: "a.sh", script, journal };
    assertEquals((await preview(move)).split("\n")[1], `its header: ${header}`);
  });
}

Deno.test("previewAction shows the words that are started, quoted, and the files that they name", async () => {
  const run: Move = { action: "run", command: "bash  reports/fix.sh   'a b'", journal };
  const digest = "0".repeat(64);
  const files = { "reports/": digest, "reports/fix.sh": digest, "reports/new.md": null };
  assertEquals(
    await preview(run, { argv: ["bash", "reports/fix.sh", "a b"], files }),
    [
      "$ bash reports/fix.sh 'a b'",
      "in DATA, started without a shell",
      `sha256 ${digest} of all files in: reports/`,
      `sha256 ${digest}: reports/fix.sh`,
      "not there: reports/new.md",
    ].join("\n"),
  );
});
