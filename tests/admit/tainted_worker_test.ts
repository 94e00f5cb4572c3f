import { assertEquals } from "@std/assert";
import { admit } from "../../src/admit/admit.ts";
import { DEFAULT_CONFIG } from "../../src/profile/config.ts";
import type { Access, Config, PolicyRule } from "../../src/schema/config.ts";
import type { Move } from "../../src/schema/move.ts";

const ALLOW: PolicyRule = { name: "mine", when: "true", then: "allow" };
const worker = "agent";

/** The verdict on a worker of this runner, under taint unless `tainted` is false, as `then rule`. */
async function verdict(
  config: Partial<Config>,
  { runner, tainted = true }: { runner?: string; tainted?: boolean } = {},
): Promise<string> {
  const move: Move = {
    ...{ action: "start_worker", id: "fix", prompt: "Fix it.", journal: "x" },
    ...(runner === undefined ? {} : { runner }),
  };
  const { then, rule } = await admit(move, {
    config: { ...DEFAULT_CONFIG, sandbox: "bwrap", worker_runner: "own", ...config },
    ...{ tainted, goal: null, dataDir: "/data", values: () => ({}) },
  });
  return `${then} ${rule}`;
}

const withRule = (access: Partial<Access>) => ({
  runners: { own: { worker } },
  policy: [{ ...ALLOW, ...access }],
});

Deno.test("admit lets a tainted decision start a worker that has neither network nor credentials nor writes outside", async () => {
  assertEquals(await verdict({ runners: { own: { worker } } }), "allow start-worker");
  assertEquals(await verdict(withRule({})), "allow mine");
  assertEquals(await verdict(withRule({ env: ["NAME"] })), "allow mine");
  const runners = { own: { worker, network: false, read: [] } };
  assertEquals(await verdict({ runners }), "allow start-worker");
  assertEquals(await verdict({ runners, sandbox: "none" }), "ask taint");
});

for (
  const access of [
    { network: true },
    { read: ["~/.ssh"] },
    { read: ["/srv/key"] },
    { write: ["/srv"] },
    { env: ["DEPLOY_TOKEN"] },
  ]
) {
  Deno.test(`admit asks for a tainted worker to which the rule gives ${JSON.stringify(access)}`, async () => {
    assertEquals(await verdict(withRule(access)), "ask taint");
    assertEquals(await verdict(withRule(access), { tainted: false }), "allow mine");
  });
}

for (
  const more of [{ network: true }, { read: ["~/.aws"] }, { network: true, read: ["/k"] }, {
    env: ["API_KEY"],
  }]
) {
  Deno.test(`admit asks for a tainted worker whose runner has ${JSON.stringify(more)}`, async () => {
    const runners = { own: { worker, ...more }, other: { worker } };
    assertEquals(await verdict({ runners }), "ask taint");
    assertEquals(await verdict({ runners, policy: [ALLOW] }), "ask taint");
    assertEquals(await verdict({ runners }, { runner: "other" }), "allow start-worker");
    assertEquals(await verdict({ runners, worker_runner: "other" }), "allow start-worker");
    assertEquals(
      await verdict({ runners, worker_runner: "other" }, { runner: "own" }),
      "ask taint",
    );
    assertEquals(await verdict({ runners }, { tainted: false }), "allow start-worker");
  });
}

Deno.test("admit takes the runner auto of a tainted worker for any preset", async () => {
  const auto = { worker_runner: "auto" };
  assertEquals(await verdict({ ...auto, runners: { codex: { network: true } } }), "ask taint");
  assertEquals(
    await verdict({ ...auto, runners: { own: { worker, network: true } } }),
    "allow start-worker",
  );
  assertEquals(
    await verdict({ runners: { codex: { network: true } } }, { runner: "auto" }),
    "ask taint",
  );
});
