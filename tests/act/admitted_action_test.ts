import { assert, assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { applyPatch } from "diff";
import fc from "fast-check";
import { act } from "../../src/act/act.ts";
import { previewAction } from "../../src/act/approval.ts";
import { type Admission, admitMove } from "../../src/admit/admit.ts";
import type { Outcome } from "../../src/schema/decision.ts";
import { type Move, moveSchema } from "../../src/schema/move.ts";
import type { World } from "../../src/schema/world.ts";
import { headerWords } from "../../src/sense/header.ts";
import { workerFiles } from "../../src/workers/files.ts";
import { verifyWorker } from "../../src/workers/reconcile.ts";
import { tempWorker } from "../inbox/temp_worker.ts";
import { intentOf } from "../log/intent_of.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

const RUNS = 60;
const journal = "x";
const WORLD: World = {
  ...{ at: "", playbook: { text: "", digest: "" }, goals: [], readings: [] },
  ...{ workers: [], asks: [], claims: [], schedules: [] },
};

/** Logs where it was started, and with which words. */
const PROBE = `#!/bin/sh\nprintf '%s\\0' "$PWD" "$#" "$@" >>"$HOME/log"\n`;

/** A profile that has the program `probe`, and a report that starts it. */
async function probeProfile(): Promise<TempProfile> {
  const profile = await tempProfile({
    env: { PATH: `/looop/none:${Deno.env.get("PATH")}` },
    files: { "reports/fix.sh": `probe of-report "$@"\n` },
  });
  const bin = join(profile.root, "bin");
  await Deno.mkdir(bin);
  // A first worker would make it, and `*` then name one more.
  await Deno.mkdir(profile.paths.workers);
  await Deno.writeTextFile(join(bin, "probe"), PROBE, { mode: 0o700 });
  profile.environment.PATH = `${bin}:${profile.environment.PATH}`;
  return profile;
}

async function takeLog({ root }: TempProfile): Promise<string[]> {
  const log = join(root, "home", "log");
  const text = await Deno.readTextFile(log).catch(() => "");
  await Deno.remove(log).catch(() => undefined);
  return text.split("\0").slice(0, -1);
}

const admitted = (profile: TempProfile, move: Move, tainted = false): Promise<Admission> =>
  admitMove(profile, move, { world: WORLD, comparison: { changes: [] }, tainted });

const plain = fc.string({ unit: fc.constantFrom(...'ab1 _-%+=:,./@~^*?$!#&|;<>(){}[]`\\"\t\né⚑') });
const word = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."ab1_-%+=:,./@"), minLength: 1 }),
  plain.map((text) => `'${text}'`),
  plain.map((text) => `"${text.replaceAll(/[$`"\\!]/g, "")}"`),
  fc.constantFrom(
    "''",
    `"a  b"'c'`,
    "HEAD~1",
    "~",
    "$HOME",
    "*",
    "$(probe sub)",
    "{a,b}",
    "\\ x",
    "$#",
  ),
);
const started = fc.tuple(
  fc.constantFrom("probe", "bash reports/fix.sh", "sh ./reports/fix.sh", "'probe'"),
  fc.array(word, { maxLength: 4 }),
).map(([program, words]) => [program, ...words].join(" "));
/** One command, mostly simple, or several. */
const command = fc.oneof(
  { weight: 3, arbitrary: started },
  fc.tuple(started, fc.constantFrom("; ", " && ", "\n", " || "), started).map((all) =>
    all.join("")
  ),
).filter((text) => text.length <= 2000);

/** Reads a command off what is shown, from its first line on. */
function shownCommand(lines: string[]): { text: string; cwd: string; files: string[] } {
  assert(lines[0].startsWith("$ "), lines[0]);
  const text = [lines[0].slice(2)];
  let at = 1;
  for (; lines[at].startsWith("> "); at++) text.push(lines[at].slice(2));
  const [, cwd] = /^in (.+), (?:started without a shell|read by bash)$/.exec(lines[at]) ?? [];
  assert(cwd !== undefined, lines[at]);
  return { text: text.join("\n"), cwd, files: lines.slice(at + 1) };
}

/** What bash does if the user pastes what is shown. */
async function pasted(profile: TempProfile, { text, cwd }: { text: string; cwd: string }) {
  const { code } = await new Deno.Command("bash", {
    ...{ args: ["-c", text], cwd, clearEnv: true, stdin: "null", stdout: "null", stderr: "null" },
    env: { PATH: profile.environment.PATH, HOME: profile.environment.HOME },
  }).output();
  return { code, log: await takeLog(profile) };
}

Deno.test("of any command, what is shown is what is started: as a run, and as a worker's verify", async () => {
  await using profile = await probeProfile();
  let simple = 0;
  await fc.assert(
    fc.asyncProperty(command, async (text) => {
      const run: Move = { action: "run", command: text, journal };
      fc.pre(moveSchema.safeParse(run).success);
      const { action, then } = await admitted(profile, run);
      assertEquals(then, "ask");
      const other: Move = { ...run, command: "probe another" };
      const shown = shownCommand((await previewAction(profile, action)).split("\n"));
      const expected = await pasted(profile, shown);
      if (action.command?.simple) simple++;
      const { exit_code, summary } = await act(profile, intentOf(other, { action }));
      assertEquals({ code: exit_code, log: await takeLog(profile) }, expected, summary);

      const start: Move = { action: "start_worker", id: "w", prompt: "p", verify: text, journal };
      const worker = await admitted(profile, start);
      const lines = (await previewAction(profile, worker.action)).split(
        "\n",
      );
      const verify = shownCommand(lines.slice(lines.indexOf("verified by:") + 1));
      assertEquals([verify.text, verify.cwd], [shown.text, shown.cwd]);
      const dir = join(profile.paths.workers, "w");
      await Deno.remove(dir, { recursive: true }).catch(() => undefined);
      const record = await tempWorker(profile, "w", {
        ...{ verify: "probe something else", verify_command: worker.action.verify },
      });
      await verifyWorker(profile, record, workerFiles(profile.paths, "w"));
      const { exit_code: code } = JSON.parse(await profile.read("workers/w/verification.json"));
      assertEquals({ code, log: await takeLog(profile) }, expected);
    }),
    { numRuns: RUNS },
  );
  assert(simple >= RUNS / 6, `${simple} simple commands`);
});

Deno.test("of any command, the files that are shown are those that must not change before it is started", async () => {
  await using profile = await probeProfile();
  const original = await profile.read("reports/fix.sh");
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(command, fc.string(), async (text, other) => {
      await profile.write("reports/fix.sh", original);
      const run: Move = { action: "run", command: text, journal };
      fc.pre(moveSchema.safeParse(run).success && other !== original);
      const { action } = await admitted(profile, run);
      const { files } = shownCommand(
        (await previewAction(profile, action)).split("\n"),
      );
      const names = files.some((line) => /^sha256 .*: reports\/(fix\.sh)?$/.test(line));
      assert(names || !text.includes("reports/fix.sh"), files.join("\n"));
      await profile.write("reports/fix.sh", other);
      if (!names) return;
      refused++;
      const { status, summary } = await act(profile, intentOf(run, { action }));
      assertEquals([status, await takeLog(profile)], ["failed", []], summary);
    }),
    { numRuns: RUNS },
  );
  assert(refused >= RUNS / 6, `${refused} refused`);
});

const line = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    ...["# looop: interval=60", "#looop:trust=untrusted", "  // looop: env=A,B", "#!/bin/sh"],
    ...["\t#\tlooop: x", "# looop: grace=2\r", "% looop: env=X", "---", "goal: tea", "rules: []"],
    ...[
      "untrusted: false",
      "\u2028# looop: env=X",
      "\\ No newline at end of file",
      "@@ -1,1 +1,1 @@",
    ],
  ),
);
const body = fc.array(line, { minLength: 1, maxLength: 8 }).map((lines) => lines.join("\n"));
const write: fc.Arbitrary<Move> = fc.oneof(
  body.map((body): Move => ({ action: "write_playbook", body, journal })),
  body.map((body): Move => ({ action: "write_goal", id: "tea", body, journal })),
  fc.tuple(fc.constantFrom("a.sh", "b.ts"), body).map(([name, text]): Move => ({
    ...{ action: "write_sensor", name, journal },
    script: name.endsWith(".ts") ? text : `#!/bin/sh\n${text}`,
  })),
);

Deno.test("of any text, what is shown is what is written, a sensor's header included", async () => {
  await using profile = await tempProfile();
  let written = 0;
  await fc.assert(
    fc.asyncProperty(write, fc.boolean(), fc.option(body), async (move, tainted, earlier) => {
      fc.pre(moveSchema.safeParse(move).success);
      const { action } = await admitted(profile, move, tainted);
      assert(action.write !== null);
      const { path } = action.write;
      const target = join(profile.paths.dataDir, path);
      await Deno.remove(target).catch(() => undefined);
      if (earlier !== null) await profile.write(path, earlier);
      const before = earlier === null ? null : await profile.read(path);
      const shown = await previewAction(profile, action);
      const digests = { [path]: earlier === null ? null : await digestOf(target) };
      const outcome: Outcome = await act(profile, intentOf(move, { action, digests, tainted }));
      if (outcome.status !== "made") {
        assertEquals(await profile.read(path).catch(() => null), before);
        return;
      }
      written++;
      const after = await profile.read(path);
      if (before === null) {
        assert(shown.endsWith(`new file ${path}\n\n${after}`), shown);
      } else {
        const patch = shown.slice(shown.indexOf(`--- ${path}`));
        assertEquals(applyPatch(before, patch, { autoConvertLineEndings: false }), after);
      }
      if (dirname(path) !== "sensors") return;
      const words = headerWords(after);
      assert(typeof words !== "string", `${words}`);
      assertEquals(shown.split("\n")[1], `its header: ${words.join(" ") || "none"}`);
    }),
    { numRuns: 3 * RUNS },
  );
  assert(written >= RUNS, `${written} written`);
});

async function digestOf(path: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return new Uint8Array(digest).toHex();
}
