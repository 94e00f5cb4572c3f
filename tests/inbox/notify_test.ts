import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { answerAsk } from "../../src/inbox/answer.ts";
import { raiseAsk, raiseFlag } from "../../src/inbox/flags.ts";
import { surface } from "../../src/inbox/notify.ts";
import { cut } from "../../src/schema/text.ts";
import { eventually } from "../support/eventually.ts";
import { denoDir } from "../support/looop.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { HOSTILE, tempWorker } from "./temp_worker.ts";

/** Keeps what the command finds in its environment: NUL ends each of the five. */
const KEEP =
  `printf '%s\\0' "$LOOOP_KIND" "$LOOOP_ASK_ID" "$LOOOP_WORKER" "$LOOOP_QUESTION" "$LOOOP_OPTIONS" >> told`;

async function told(profile: TempProfile): Promise<string[]> {
  return (await profile.read("told").catch(() => "")).split("\0").slice(0, -1);
}

async function surfaced(profile: TempProfile): Promise<(string | undefined)[]> {
  const { items, done } = await surface(profile);
  await done;
  return items.map((item) => item.worker);
}

const ask = (profile: TempProfile, worker: string, question = "Tea?", options?: string[]) =>
  raiseAsk(profile, { worker, generation: "g1", question, options });

const events = (profile: TempProfile) => profile.read("events.jsonl").catch(() => "");

Deno.test("surface runs notify once for each new ask and flag, with all of it in the environment", async () => {
  await using profile = await tempProfile({ config: { notify: KEEP } });
  await tempWorker(profile, "fix-ci");
  await tempWorker(profile, "docs");
  assertEquals(await surfaced(profile), []);
  const { id } = await ask(profile, "fix-ci", "Tea?", ["green", "bl\nack"]);
  assertEquals(await surfaced(profile), ["fix-ci"]);
  assertEquals(await told(profile), [
    ...["question", id, "fix-ci", "worker fix-ci: Tea?", "green\nbl ack"],
  ]);
  assertEquals(await surfaced(profile), []);
  await answerAsk(profile, id, "green");
  await raiseFlag(profile, "docs", "look");
  assertEquals(await surfaced(profile), ["docs"]);
  assertEquals((await told(profile)).slice(5), ["flag", "", "docs", "worker docs: look", ""]);
  assertEquals(await surfaced(profile), []);
});

Deno.test("surface gives notify no line of a worker that could pass for looop's", async () => {
  await using profile = await tempProfile({ config: { notify: KEEP } });
  await tempWorker(profile, "fix-ci");
  const own = "looop: the budget is used up";
  for (const end of ["\n", "\r\n", "\r", "\v", "\x85", "\u2028", "\n\n", "\r\x1b[2K\x1b[1A"]) {
    await profile.write("told", "");
    const { id } = await ask(profile, "fix-ci", `Tea?${end}${own}`, [`x\x1b[1G${own}`]);
    await surfaced(profile);
    const blank = end === "\n\n" ? "│ \n" : "";
    const question = `worker fix-ci: Tea?\n${blank}│ ${own}`;
    assertEquals(await told(profile), ["question", id, "fix-ci", question, `x${own}`]);
  }
});

for (const [what, text] of Object.entries(HOSTILE)) {
  Deno.test(`surface gives notify a question of ${what} and runs none of it`, async () => {
    await using profile = await tempProfile({ config: { notify: KEEP } });
    await tempWorker(profile, "fix-ci");
    await ask(profile, "fix-ci", text, [text.slice(0, 900)]);
    await surfaced(profile);
    const [, , , question] = await told(profile);
    const [first, ...more] = question.split("\n");
    assert(first.startsWith("worker fix-ci: "));
    assert(more.every((line) => line.startsWith("│ ")));
    assert(
      !/[\p{Cc}\u2028\u2029\u202e]/u.test([first, ...more].join("").replaceAll("\t", "")),
      question,
    );
    if (what === "long") assertEquals(question, cut(`worker fix-ci: ${text}`, 40_000));
    const made = [...Deno.readDirSync(profile.paths.dataDir)].map((entry) => entry.name);
    assert(!made.includes("made"));
    assert(!(await events(profile)).includes("failed"));
  });
}

Deno.test("surface logs a notify that fails, does not repeat it, and lets no tick wait for one that hangs", async () => {
  await using profile = await tempProfile({ config: { notify: "echo no such bell >&2; exit 3" } });
  await tempWorker(profile, "fix-ci");
  await tempWorker(profile, "docs");
  await ask(profile, "fix-ci");
  assertEquals(await surfaced(profile), ["fix-ci"]);
  assertStringIncludes(await events(profile), "exited, status 3: no such bell");
  assertEquals(await surfaced(profile), []);

  await raiseFlag(profile, "docs", "look");
  const hanging = { ...profile, config: { ...profile.config, notify: "sleep 300" } };
  const stop = new AbortController();
  const started = performance.now();
  const { done } = await surface(hanging, { signal: stop.signal });
  assert(performance.now() - started < 90_000);
  stop.abort();
  await done;
  assert(performance.now() - started < 180_000);
  assertStringIncludes(await events(profile), "killed, status ");
});

Deno.test("surface tells of ten things at once, and of the rest at the next tick", async () => {
  await using profile = await tempProfile({ config: { notify: "echo >> told" } });
  for (let i = 0; i < 13; i++) {
    await tempWorker(profile, `w-${i}`);
    await raiseFlag(profile, `w-${i}`);
  }
  const counts = [];
  for (let i = 0; i < 3; i++) counts.push((await surfaced(profile)).length);
  assertEquals(counts, [10, 3, 0]);
  assertEquals(await profile.read("told"), "\n".repeat(13));
});

Deno.test("surface begins anew when what it remembers was damaged", async () => {
  await using profile = await tempProfile({ config: { notify: "true" } });
  await tempWorker(profile, "docs");
  await raiseFlag(profile, "docs");
  assertEquals(await surfaced(profile), ["docs"]);
  await profile.write(".looop/surfaced", "garbage");
  assertEquals(await surfaced(profile), ["docs"]);
  assertEquals(await surfaced(profile), []);
});

/** A person's tmux on a socket of its own; `run` asks it something. */
async function personsTmux(root: string) {
  const socket = `${root}/person.sock`;
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command("tmux", {
      args: ["-u", "-S", socket, "-f", "/dev/null", ...args],
      env: { PATH: Deno.env.get("PATH") ?? "", HOME: root, SHELL: "/bin/sh" },
      clearEnv: true,
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout).trim();
  };
  await run("new-session", "-d", "-s", "mine", "sleep 300");
  return {
    run,
    TMUX: `${socket},${await run("display", "-p", "#{pid}")},0`,
    names: async () => (await run("list-windows", "-t", "=mine", "-F", "#W")).split("\n").slice(1),
    [Symbol.asyncDispose]: async () => void await run("kill-server"),
  };
}

/** The profile as looop has it in that tmux. */
function inTmux(profile: TempProfile, TMUX: string) {
  const environment = { ...profile.environment, TMUX };
  return { ...profile, environment, env: (name: string) => environment[name as "TMUX"] };
}

Deno.test("surface opens one window for all that waits, which runs none of what is asked", async () => {
  await using profile = await tempProfile();
  await using person = await personsTmux(profile.root);
  const shim = '#!/bin/sh\necho "$LOOOP_DATA_DIR" "$@" >> "$LOOOP_DATA_DIR/opened"\nsleep 300\n';
  await profile.write(".looop/bin/looop", shim, 0o700);
  const there = inTmux(profile, person.TMUX);
  await tempWorker(profile, "fix-ci");
  await ask(profile, "fix-ci", HOSTILE.commands);
  await ask(profile, "fix-ci", `#{l:x} #(touch made) ${HOSTILE.control}`);
  const atOnce = [surface(there), surface(there)];
  await tempWorker(profile, "docs");
  await raiseFlag(profile, "docs");
  for (const one of [...atOnce, surface(there)]) await (await one).done;
  assertEquals(await person.names(), ["⚑data"]);
  const opened = async () => (await profile.read("opened").catch(() => "")).trim().split("\n");
  const { dataDir } = profile.paths;
  await eventually("the window runs", async () => (await opened())[0] !== "");
  assertEquals(await opened(), [`${dataDir} watch --asks`]);
  // The person's own window is still the current one.
  assertEquals(await person.run("display", "-p", "-t", "=mine:", "#{window_index}"), "0");
  await using other = await tempProfile();
  await tempWorker(other, "docs");
  await raiseFlag(other, "docs");
  await (await surface(inTmux(other, person.TMUX))).done;
  assertEquals(await person.names(), ["⚑data", "⚑data"]);
  // Closed by its user, it opens again for what is new, and only for that.
  await person.run("kill-window", "-t", "=mine:1");
  await (await surface(there)).done;
  assertEquals((await person.names()).length, 1);
  await ask(profile, "docs", "Coffee?");
  await (await surface(there)).done;
  assertEquals((await person.names()).length, 2);
  assert(!(await events(profile)).includes("failed"));
  const made = [...Deno.readDirSync(profile.paths.dataDir)].map((entry) => entry.name);
  assert(!made.includes("made"));
});

Deno.test("the window lists what waits, follows it, takes an answer, and closes when nothing waits", async () => {
  await using profile = await tempProfile({ history: false });
  await using person = await personsTmux(profile.root);
  const looop = import.meta.resolve("../../bin/looop").slice("file://".length);
  const deno = `LOOOP_DENO='${Deno.execPath()}' DENO_DIR='${denoDir()}'`;
  const variables = `PATH='${Deno.env.get("PATH")}' ${deno}`;
  const shim = `#!/bin/sh\n${variables} exec '${looop}' "$@"\n`;
  await profile.write(".looop/bin/looop", shim, 0o700);
  await tempWorker(profile, "fix-ci");
  const { id } = await ask(profile, "fix-ci", "Green or black tea?", ["green", "black"]);
  await (await surface(inTmux(profile, person.TMUX))).done;
  const shown = () => person.run("capture-pane", "-p", "-t", "=mine:1").catch(() => "");
  const shows = (text: string) =>
    // A change that it missed would be shown after a minute.
    eventually(`it shows ${text}`, async () => (await shown()).includes(text));
  await shows("Green or black tea?");
  assertEquals((await shown()).includes("JOURNAL"), false);
  const second = await ask(profile, "fix-ci", "Milk?");
  await shows("Milk?");
  await answerAsk(profile, second.id, "no");
  await eventually("it is gone", async () => !(await shown()).includes("Milk?"));
  await person.run("send-keys", "-t", "=mine:1", "r");
  await shows(`answer ${id}: `);
  await person.run("send-keys", "-t", "=mine:1", "green", "Enter");
  await eventually(
    "it is closed",
    async () => (await person.names().catch(() => [])).length === 0,
    90_000,
  );
  assertStringIncludes(await profile.read(`asks/${id}.json`), '"text": "green"');
});

Deno.test("surface opens no window where it is turned off, or in the fleet's own tmux, and logs a tmux that is gone", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "docs");
  await raiseFlag(profile, "docs");
  const itemsIn = async (TMUX: string, config: object = {}) => {
    const there = inTmux(profile, TMUX);
    const { items, done } = await surface({ ...there, config: { ...there.config, ...config } });
    await done;
    return items.length;
  };
  const TMUX = `${profile.root}/gone.sock,1,0`;
  assertEquals(await itemsIn(TMUX, { surface: "none" }), 0);
  assertEquals(await itemsIn("/run/user/1000/looop-1000/0a1b2c3d,1,0"), 0);
  assertEquals(await events(profile), (await events(profile)).replaceAll("failed", ""));
  assertEquals(await itemsIn(TMUX), 1);
  assertStringIncludes(await events(profile), '"event":"window_failed"');
});
