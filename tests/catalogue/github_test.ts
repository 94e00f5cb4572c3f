import { assert, assertEquals } from "@std/assert";
import type { TempProfile } from "../support/temp_profile.ts";
import { catalogueProfile, readingOf, resultOf, signalOf } from "./catalogue_profile.ts";
import { ghStandIn } from "./gh_stand_in.ts";

const REVIEWS = "search-prs-review-requested-@me";
const FAILING = "search-prs-checks-failure";
const ASSIGNED = "search-issues-assignee-@me";

/** An item of `gh search --json`. */
const item = (repository: string, number: number, title = `Title ${number}`) => ({
  number,
  title,
  repository: { name: repository.split("/")[1], nameWithOwner: repository },
  isDraft: false,
  updatedAt: new Date().toISOString(),
});

/** A run of `gh run list --json`, which gives the newest first. */
const run = (workflowName: string, status: string, conclusion: string) => ({
  workflowName,
  status,
  conclusion,
  databaseId: Math.random(),
});

/** A profile whose gh replays what `says` gives it; all that it is not told is an empty list. */
async function withGh(set: string[] = []) {
  const profile = await catalogueProfile("github", set);
  const [dir, bin] = [`${profile.root}/gh`, `${profile.root}/bin`];
  await Deno.mkdir(bin);
  const gh = await ghStandIn(`${bin}/gh`, dir);
  for (const name of [REVIEWS, FAILING, ASSIGNED]) gh.says(name, []);
  const environment = {
    ...profile.environment,
    PATH: `${bin}:${profile.env("PATH")}`,
    GH_CONFIG_DIR: dir,
  };
  return {
    profile: { ...profile, environment } satisfies TempProfile,
    ...gh,
    async [Symbol.asyncDispose]() {
      await gh[Symbol.asyncDispose]();
      await profile[Symbol.asyncDispose]();
    },
  };
}

Deno.test("github gives reviews, failing checks and issues in an order of their own, titles as detail", async () => {
  await using gh = await withGh();
  const { profile, says, calls } = gh;
  says(REVIEWS, [item("b/x", 10), item("b/x", 9, 'It\'s "ä"\\ $(x)'), item("a/y", 3)]);
  says(ASSIGNED, [item("a/y", 1)]);
  const reading = await readingOf(profile);
  assertEquals(reading.trusted, false);
  const signal = {
    reviews: ["a/y#3", "b/x#9", "b/x#10"],
    failing: [],
    assigned: ["a/y#1"],
    workflows: [],
  };
  assertEquals(reading.result, {
    ok: true,
    value: {
      signal,
      detail: {
        reviews: { "a/y#3": "Title 3", "b/x#9": 'It\'s "ä"\\ $(x)', "b/x#10": "Title 10" },
        failing: {},
        assigned: { "a/y#1": "Title 1" },
      },
    },
  });
  const shared = ["--state=open", "--archived=false", "--sort=created", "--limit=200"];
  const asked = calls.map((words) => words.filter((word) => !word.startsWith("--jq=")));
  assertEquals(asked, [
    ["search", "prs", "--review-requested=@me", ...shared, "--json=number,repository,title"],
    [
      ...["search", "prs", "--author=@me", "--checks=failure"],
      ...[...shared, "--json=number,repository,title"],
    ],
    ["search", "issues", "--assignee=@me", ...shared, "--json=number,repository,title"],
  ]);
  says(REVIEWS, [item("a/y", 3, "Renamed"), item("b/x", 9), item("b/x", 10)]);
  assertEquals(await signalOf(profile), signal);
  says(FAILING, [item("a/y", 3)]);
  assertEquals(await signalOf(profile), { ...signal, failing: ["a/y#3"] });
});

/** Workflows of `gh workflow list --json`. */
const workflows = (...names: string[]) =>
  names.map((name, i) => ({ name, id: 100 + i, state: "active" }));

const redOf = async (profile: TempProfile) =>
  (await signalOf(profile) as { workflows: string[] }).workflows;

Deno.test("github watches the newest finished run of each workflow", async () => {
  await using gh = await withGh(["watch=acme/web,acme/api@release/1.x"]);
  const { profile, says, calls } = gh;
  says("workflow-list-repo-acme-web", workflows("CI", "Lint", 'No"t \\e'));
  says("workflow-list-repo-acme-api", []);
  says("run-list-repo-acme-web", [
    run("CI", "in_progress", ""),
    ...["cancelled", "skipped", "stale"].map((conclusion) => run("CI", "completed", conclusion)),
    run("CI", "completed", "failure"),
    run("CI", "completed", "success"),
    run("Lint", "completed", "success"),
    run("Lint", "completed", "failure"),
    run('No"t \\e', "completed", "timed_out"),
    run("Deleted", "completed", "failure"),
  ]);
  const web = ["acme/web CI", 'acme/web No"t \\e'];
  assertEquals(await redOf(profile), web);
  assertEquals(calls.slice(3).map((words) => words.slice(0, 5)), [
    ["workflow", "list", "--repo=acme/web", "--limit=1000", "--json=name,id,state"],
    ["run", "list", "--repo=acme/web", "--branch=main", "--limit=100"],
    ["workflow", "list", "--repo=acme/api", "--limit=1000", "--json=name,id,state"],
  ]);
  says("workflow-list-repo-acme-api", workflows("Ship"));
  says("run-list-repo-acme-api", [run("Ship", "completed", "startup_failure")]);
  assertEquals(await redOf(profile), [...web, "acme/api@release/1.x Ship"]);
});

Deno.test("github asks for each workflow that the newest runs do not show", async () => {
  await using gh = await withGh(["watch=acme/web"]);
  const { profile, says, calls } = gh;
  const names = [
    "CI",
    "nightly",
    "weekly",
    "queued",
    "Build",
    "Build",
    "42",
    ".github/workflows/x.yml",
  ];
  says("workflow-list-repo-acme-web", [
    ...workflows(...names),
    { name: "off", id: 7, state: "disabled_manually" },
  ]);
  says("run-list-repo-acme-web", [
    run("queued", "queued", ""),
    ...Array.from({ length: 99 }, () => run("CI", "completed", "success")),
  ]);
  const answers: Record<string, unknown[]> = {
    nightly: [run("nightly", "completed", "failure")],
    weekly: [run("weekly", "completed", "success"), run("weekly", "completed", "failure")],
    queued: [run("queued", "queued", ""), run("queued", "completed", "timed_out")],
    104: [],
    105: [run("Build", "completed", "failure")],
    106: [run("42", "completed", "failure")],
    107: [run(names[7], "completed", "success")],
  };
  for (const [key, runs] of Object.entries(answers)) {
    says(`run-list-workflow-${key}`, runs as Record<string, unknown>[]);
  }
  const red = ["42", "Build", "nightly", "queued"].map((name) => `acme/web ${name}`);
  assertEquals((await redOf(profile)).toSorted(), red);
  assertEquals(calls.length, 3 + 2 + 7);
});

Deno.test("github counts the failing workflows that it does not name", async () => {
  await using gh = await withGh(["watch=acme/web"]);
  const names = Array.from({ length: 20 }, (_, n) => `w${n + 10}`);
  gh.says("workflow-list-repo-acme-web", workflows(...names));
  gh.says("run-list-repo-acme-web", names.map((name) => run(name, "completed", "failure")));
  const red = await redOf(gh.profile);
  assertEquals([red.length, red[0], red[16]], [17, "acme/web w10", "acme/web and 4 more"]);
});

Deno.test("github stays below the cap, and says that there is more", async () => {
  await using gh = await withGh();
  const { profile, says } = gh;
  const many = (owner: string, length: number, title: string) =>
    Array.from({ length }, (_, i) => item(`${owner}/${"n".repeat(80)}`, i + 1, title));
  says(REVIEWS, many("owner", 20, "😀".repeat(90)));
  says(FAILING, many("o".repeat(30), 20, '"\u0001'.repeat(90)));
  says(ASSIGNED, many("o".repeat(30), 16, "x"));
  const { result, bytes } = await readingOf(profile);
  assert(result.ok && bytes > 5000 && bytes <= 8192, JSON.stringify(result));
  const { signal, detail } = result.value as { signal: Record<string, string[]>; detail: unknown };
  assertEquals(signal.reviews.slice(15), [`owner/${"n".repeat(80)}#16`, "and 4 more"]);
  assertEquals([signal.failing.length, signal.assigned.length], [17, 16]);
  assertEquals(detail, "too long to be told");
});

Deno.test("github says in one line what to do where gh cannot", async () => {
  await using gh = await withGh();
  const { profile, says } = gh;
  const login = "gh is not logged in, or its token was refused: run gh auth login, or set GH_TOKEN";
  const cases: [status: number, stderr: string, line: string][] = [
    [
      4,
      "To get started with GitHub CLI, please run:  gh auth login\n" +
      "Alternatively, populate the GH_TOKEN environment variable with a GitHub API authentication token.",
      login,
    ],
    [1, "HTTP 401: Bad credentials (https://api.github.com/search/issues?page=1)", login],
    [
      1,
      "HTTP 403: API rate limit exceeded for user ID 1. (https://api.github.com/search/issues)",
      "too many requests: wait, or give its header a longer interval",
    ],
    [
      1,
      "HTTP 429: You have exceeded a secondary rate limit (https://api.github.com/search/issues)",
      "too many requests: wait, or give its header a longer interval",
    ],
    [
      1,
      "error connecting to api.github.com\ncheck your internet connection or https://githubstatus.com",
      "GitHub cannot be reached: check the network",
    ],
    [
      1,
      "HTTP 502: 502 Bad Gateway (https://api.github.com/search/issues)",
      "GitHub has a fault of its own: wait",
    ],
    [
      1,
      "invalid character '<' looking for beginning of value\nmore",
      "gh search prs failed: invalid character '<' looking for beginning of value",
    ],
  ];
  for (const [status, stderr, line] of cases) {
    says(REVIEWS, { stderr, status });
    assertEquals(await resultOf(profile), `it exited with status 1: github: ${line}`);
  }
});

Deno.test("github says that there is no gh, and that it is too old", async () => {
  await using none = await catalogueProfile("github", []);
  // A PATH with what it needs but gh.
  const bin = `${none.root}/bin`;
  await Deno.mkdir(bin);
  for (const name of ["sh", "bash", "head", "cut"]) {
    await Deno.symlink(`/bin/${name}`, `${bin}/${name}`);
  }
  const bare = { ...none, environment: { ...none.environment, PATH: bin } };
  assertEquals(
    await resultOf(bare),
    "it exited with status 1: github: there is no gh: install it from https://cli.github.com, then gh auth login",
  );
  await Deno.writeTextFile(`${bin}/gh`, "#!/bin/sh\necho nonsense\n", { mode: 0o700 });
  assertEquals(
    await resultOf(bare),
    "it exited with status 1: github: gh printed something else than it should: update gh",
  );
});
