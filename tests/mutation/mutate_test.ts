import { assert, assertEquals, assertMatch } from "@std/assert";
import { dirname, fromFileUrl, join } from "@std/path";
import { eventually } from "../support/eventually.ts";
import { isAlive } from "../support/is_alive.ts";
import { rootTest } from "../support/root_test.ts";

const MUTATE = fromFileUrl(new URL("mutate.ts", import.meta.url));
const LIMIT_MS = 120_000;

/** A checkout with one module, whose second function no test calls with what would show its fault. */
const CHECKOUT: Readonly<Record<string, string>> = {
  "deno.json": '{ "imports": {} }',
  "src/sums/sum.ts": [
    "export function isLarge(sum: number): boolean {",
    "  return sum > limit;",
    "}",
    "",
    "const limit = 100;",
    "",
    "export function report(lines: string[]): void {",
    "  lines.sort();",
    "}",
    "",
  ].join("\n"),
  "tests/sum_test.ts": `
    import { isLarge, report } from "../src/sums/sum.ts";
    Deno.test("isLarge", () => {
      if (isLarge(100) || !isLarge(101) || isLarge(50)) throw new Error("wrong");
      report([]);
    });
  `,
};

/** Writes a checkout; `run` starts the program on it, with nothing else in its directory for temporary files. */
async function checkoutWith(more: Record<string, string> = {}) {
  const directory = await Deno.realPath(await Deno.makeTempDir({ prefix: "looop_test_" }));
  const [root, temporary] = [join(directory, "checkout"), join(directory, "tmp")];
  await Deno.mkdir(temporary);
  for (const [path, text] of Object.entries({ ...CHECKOUT, ...more })) {
    await Deno.mkdir(dirname(join(root, path)), { recursive: true });
    await Deno.writeTextFile(join(root, path), text);
  }
  const spawn = (...args: string[]) =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--no-check", MUTATE, "--root", root, "--jobs", "2", ...args],
      env: { TMPDIR: temporary, NO_COLOR: "1" },
      signal: AbortSignal.timeout(LIMIT_MS),
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  return {
    root,
    temporary,
    spawn,
    async run(...args: string[]) {
      const { code, stdout, stderr } = await spawn(...args).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, stdout: text(stdout), stderr: text(stderr) };
    },
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

const SURVIVOR = "sums/sum.ts > report\n- lines.sort();\n+ ;";

Deno.test("mutate reports what no test notices, with exit status 1 below the minimum", async () => {
  await using checkout = await checkoutWith();
  const json = join(checkout.temporary, "..", "report.json");
  const { code, stdout, stderr } = await checkout.run("--json", json, "src/sums");
  assertEquals([code, stderr], [1, ""]);
  assertMatch(stdout, /\] src\/sums\/sum\.ts:8 \(statement\): survived, 1 test file passed\n/);
  assert(stdout.includes(`${SURVIVOR}\n`), stdout);
  assertEquals(stdout.slice(stdout.indexOf("module ")).trimEnd().split("\n"), [
    "module  mutants  killed  timed out  survived  equivalent  percent",
    "sums          5       3          0         2           0  60 % < 90 %",
  ]);
  const { mutants } = JSON.parse(await Deno.readTextFile(json));
  const notices = mutants.map(({ mutant, status, by }: Record<string, never>) =>
    [mutant["line"], status, by].join(" ")
  );
  assertEquals(notices.sort(), [
    "2 killed tests/sum_test.ts",
    "2 killed tests/sum_test.ts",
    "5 killed tests/sum_test.ts",
    "8 survived ",
    "8 survived ",
  ]);
  const source = await Deno.readTextFile(join(checkout.root, "src/sums/sum.ts"));
  assertEquals(source, CHECKOUT["src/sums/sum.ts"]);
  assertEquals([...Deno.readDirSync(checkout.temporary)], []);
});

Deno.test("mutate does not count what is listed as equivalent, and reports entries that match nothing", async () => {
  const sorted = "sums/sum.ts > report\n- lines.sort();\n+ lines;";
  const gone = "sums/gone.ts\n- a();\n+ ;";
  const entries = [SURVIVOR, sorted, gone].map((entry) => `${entry}\nwhy: nobody reads it\n`);
  await using checkout = await checkoutWith({
    "tests/mutation/equivalent.txt": entries.join("\n"),
  });
  const { code, stdout, stderr } = await checkout.run("sums/sum.ts");
  assertEquals(code, 0);
  assertEquals(
    stdout.split("\n")[1].trim(),
    "sums/sum        3       3          0         0           2  100 %",
  );
  assertEquals(
    stderr,
    `equivalent.txt:11: this entry matches no mutant; remove it\n${gone}\n\n`,
  );
});

Deno.test("mutate counts a test that no longer ends, and leaves out one that fails anyway", async () => {
  await using checkout = await checkoutWith({
    "src/wait.ts": "export const wait = { forever: false };\n",
    "tests/forever_test.ts": `
      import { wait } from "../src/wait.ts";
      Deno.test("wait", () => { while (wait.forever); });
    `,
    "tests/wait_test.ts": `
      import { wait } from "../src/wait.ts";
      Deno.test("broken", () => { throw new Error(String(wait)); });
    `,
  });
  const { code, stdout, stderr } = await checkout.run("wait");
  assertEquals(code, 0, stdout);
  assertMatch(stdout, /^wait +1 +0 +1 +0 +0 +100 %$/m);
  assertEquals(
    stderr,
    "tests/wait_test.ts fails without any mutant, or takes too long: it is not run\n",
  );
});

rootTest(
  import.meta.url,
  "mutate unmounts what a test leaves behind, and removes its directory",
  async () => {
    await using checkout = await checkoutWith({
      "src/wait.ts": "export const wait = { forever: false };\n",
      "tests/wait_test.ts": `
      import { wait } from "../src/wait.ts";
      Deno.test("wait", async () => {
        const outer = Deno.makeTempDirSync();
        for (const path of [outer, outer + "/inner"]) {
          await Deno.mkdir(path, { recursive: true });
          const args = ["-t", "tmpfs", "tmpfs", path];
          const { success } = await new Deno.Command("mount", { args }).output();
          if (!success) throw new Error("cannot mount: run the tests as root");
        }
        if (wait.forever) throw new Error("forever");
      });
    `,
    });
    const { code, stdout, stderr } = await checkout.run("wait");
    assertEquals([code, stderr], [0, ""], stdout);
    assertEquals([...Deno.readDirSync(checkout.temporary)], []);
  },
);

Deno.test("mutate --list prints the mutants; --sample draws some of them", async () => {
  await using checkout = await checkoutWith();
  const all = await checkout.run("--list", "sums");
  assertEquals([all.code, all.stdout.match(/^src/gm)?.length], [0, 5]);
  const some = await checkout.run("--list", "--sample", "2", "--seed", "x", "sums");
  assertEquals(some.stdout.match(/^src/gm)?.length, 2);
});

Deno.test("mutate refuses modules and options that do not exist", async () => {
  await using checkout = await checkoutWith();
  const cases: [string[], string][] = [
    [["absent"], "cannot find module absent"],
    [["--absent"], "no option --absent"],
    [["--sample", "none", "sums"], "--sample needs a number"],
    [["--json", "/absent/report.json", "sums"], "cannot write /absent/report.json"],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await checkout.run(...args);
    assertEquals(code, 2);
    assert(stderr.includes(message), stderr);
  }
});

Deno.test("mutate --check counts what the type check notices", async () => {
  await using checkout = await checkoutWith({
    "src/typed.ts": 'export const typed: "a" = "a";\n',
    "tests/typed_test.ts": 'import "../src/typed.ts";\nDeno.test("typed", () => {});\n',
  });
  assertEquals((await checkout.run("typed")).code, 1);
  assertEquals((await checkout.run("--check", "typed")).code, 0);
});

Deno.test("mutate removes its copies and ends its tests on SIGINT", async () => {
  await using checkout = await checkoutWith({
    "src/wait.ts": "export const wait = 100;\n",
    "tests/wait_test.ts": `
      import { wait } from "../src/wait.ts";
      Deno.test("wait", async () => {
        Deno.writeTextFileSync(Deno.env.get("TMPDIR") + "/pid", String(Deno.pid));
        await new Promise((resolve) => setTimeout(resolve, wait * 10_000));
      });
    `,
  });
  const child = checkout.spawn("wait");
  const output = child.output();
  let pid = 0;
  await eventually("the test runs", async () => {
    for await (const { name } of Deno.readDir(checkout.temporary)) {
      const directory = join(checkout.temporary, name);
      for await (const { name: run } of Deno.readDir(directory)) {
        pid ||= Number(await Deno.readTextFile(join(directory, run, "pid")).catch(() => 0));
      }
    }
    return pid !== 0;
  }, 60_000);
  child.kill("SIGINT");
  assertEquals((await output).code, 130);
  assertEquals([...Deno.readDirSync(checkout.temporary)], []);
  await eventually("the test's process is gone", async () => !await isAlive(pid));
});
