import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { changedFile, digestNamed } from "../../src/profile/named_files.ts";
import { ANY_CONTENT } from "../../src/schema/action.ts";
import { sha256Hex } from "../../src/schema/json.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

const FIX = "#!/bin/sh\ntrue\n";

async function profileWithFix(): Promise<TempProfile> {
  return await tempProfile({
    files: {
      ...{ "reports/fix.sh": FIX, "reports/of-w/run.py": "1\n", "top.sh": FIX },
      "workers/w/worktree/x.sh": FIX,
    },
  });
}

/** The paths that a command names, as words or as a text for bash. */
async function named(profile: TempProfile, command: string | string[]): Promise<string[]> {
  const argv = typeof command === "string" ? ["bash", "-c", command] : command;
  return Object.keys(await digestNamed(profile, argv));
}

for (
  const [command, paths] of [
    [["bash", "reports/fix.sh"], ["reports/fix.sh"]],
    [["./reports/fix.sh", "-v"], ["reports/fix.sh"]],
    [["sh", "reports/of-w/../fix.sh"], ["reports/fix.sh"]],
    [["sh", "{data}/reports/fix.sh"], ["reports/fix.sh"]],
    [["sh", "{link}/reports/fix.sh"], ["reports/fix.sh"]],
    [["tool", "--file=reports/fix.sh"], ["reports/fix.sh"]],
    [["tool", "-freports/fix.sh"], ["reports/fix.sh"]],
    [["curl", "--data", "@reports/fix.sh", "https://example.com"], ["reports/fix.sh"]],
    [["docker", "run", "-v", "reports/fix.sh:/x"], ["reports/fix.sh", "reports/fix.sh:/x"]],
    [["make", "-C", "reports/of-w"], ["reports/of-w/"]],
    [["sh", "reports/later.sh"], ["reports/later.sh"]],
    [["bash", "top.sh"], ["top.sh"]],
    [["sh", "-c", "exec reports/fix.sh"], ["reports/fix.sh"]],
    [["git", "push", "origin", "main"], []],
    [["echo", "reported"], []],
    ["cd reports && ./fix.sh", ["reports/"]],
    [". reports/fix.sh; true", ["./", "reports/fix.sh"]],
    ["bash <reports/fix.sh", ["reports/fix.sh"]],
    ["bash 're''ports/fix.sh'", ["reports/fix.sh"]],
    ['bash "$LOOOP_DATA_DIR/reports/fix.sh"', ["reports/fix.sh"]],
    ["bash ${LOOOP_DATA_DIR:?}/reports/fix.sh", ["reports/fix.sh"]],
    ["bash $PWD/reports/fix.sh", ["reports/fix.sh"]],
    ["bash $HOME/../data/reports/fix.sh", ["reports/fix.sh"]],
    ["bash ~/../data/reports/fix.sh", ["reports/fix.sh"]],
    ["x=$(cat reports/fix.sh); eval $x", ["reports/fix.sh"]],
    ["for f in reports/*.sh; do bash $f; done", ["reports/"]],
    ["bash re?orts/fix.sh", ["reports/"]],
    ["bash t[o]p.sh", ["top.sh"]],
    ["find . -name '*.sh' -exec sh {} +", ["./", "top.sh"]],
    ["cat journal.md state.json | mail me", []],
    [["git", "commit", "-m", "count workers in reports"], []],
    [["git", "commit", "-m", "mend reports/fix.sh"], ["reports/fix.sh"]],
    [["git", "-c", "alias.x=!cd reports && sh fix.sh", "x"], ["reports/"]],
    [["git", "-c", "alias.x=!make -C reports", "x"], ["reports/"]],
    [["sh", "-c", "ls reports"], ["reports/"]],
    ["git commit -m 'count workers in reports' && git push", []],
    [`git commit -m "reports of \\"x\\"" ; cd reports; sh fix.sh`, ["reports/"]],
    [`bash -c "ls reports" ; eval 'ls reports'`, ["reports/"]],
    ["du -sh workers | sort", ["workers/"]],
    ["bash workers/w/worktree/x.sh", ["workers/w/worktree/x.sh"]],
    ["cd goals; bash ../reports/*/r?n.py", ["goals/", "reports/"]],
    ["cd /srv/app && sh scripts/fix.sh --all", ["reports/fix.sh"]],
    [["/usr/bin/env", "run.py"], ["reports/of-w/run.py"]],
    ["cd /srv && rm docs/*.sh old/*.md", []],
    [["git", "commit", "-m", "mend run.py"], []],
  ] as [string | string[], string[]][]
) {
  Deno.test(`digestNamed finds in ${JSON.stringify(command)}: ${paths.join(" ") || "nothing"}`, async () => {
    await using profile = await profileWithFix();
    const { dataDir } = profile.paths;
    const link = join(profile.root, "link");
    await Deno.symlink(dataDir, link);
    const at = (text: string) => text.replace("{data}", dataDir).replace("{link}", link);
    const given = typeof command === "string" ? at(command) : command.map(at);
    assertEquals(await named(profile, given), paths);
  });
}

Deno.test("digestNamed tells a file, a symlink to one, a directory, what is missing, and what it cannot read", async () => {
  await using profile = await profileWithFix();
  const { dataDir, reports } = profile.paths;
  await Deno.symlink(join(reports, "fix.sh"), join(reports, "link.sh"));
  await Deno.symlink("/dev/zero", join(reports, "endless"));
  assertEquals(await digestNamed(profile, ["du", "workers", "workers/w"]), {
    "workers/": ANY_CONTENT,
    "workers/w/": ANY_CONTENT,
  });
  const words = ["fix.sh", "link.sh", "of-w", "gone", "endless"].map((name) => `reports/${name}`);
  assertEquals(await digestNamed(profile, ["tool", ...words, "."]), {
    "./": ANY_CONTENT,
    "reports/fix.sh": await sha256Hex(FIX),
    "reports/link.sh": await sha256Hex(FIX),
    "reports/of-w/": await sha256Hex(`run.py\0${await sha256Hex("1\n")}`),
    "reports/gone": null,
    "reports/endless": "",
  });
  const elsewhere = { ...profile, paths: { ...profile.paths, dataDir: join(dataDir, "..", "no") } };
  assertEquals(await digestNamed(elsewhere, ["cat", "reports/fix.sh"]), {});
});

for (
  const [what, change] of [
    ["is edited", (at) => Deno.writeTextFile(join(at, "fix.sh"), "rm -r ~\n")],
    ["is removed", (at) => Deno.remove(join(at, "fix.sh"))],
    ["becomes a directory", async (at) => {
      await Deno.remove(join(at, "fix.sh"));
      await Deno.mkdir(join(at, "fix.sh"));
    }],
    ["becomes a symlink to another file", async (at) => {
      await Deno.remove(join(at, "fix.sh"));
      await Deno.symlink("of-w/run.py", join(at, "fix.sh"));
    }],
  ] as [string, (reports: string) => Promise<void>][]
) {
  Deno.test(`changedFile names a file that ${what}`, async () => {
    await using profile = await profileWithFix();
    const files = await digestNamed(profile, ["bash", "reports/fix.sh", "top.sh"]);
    assertEquals(await changedFile(profile, files), null);
    await change(profile.paths.reports);
    assertEquals(await changedFile(profile, files), "reports/fix.sh");
  });
}

Deno.test("digestNamed compares globs of any form in little time, and names what it does not compare", async () => {
  await using profile = await profileWithFix();
  await profile.write(`reports/${"a".repeat(250)}`, "");
  const stars = `x/${"a*".repeat(90)}b`;
  assertEquals(await named(profile, ["tool", stars]), []);
  const all = ["reports/fix.sh", "reports/of-w/run.py", "top.sh"];
  const named200 = await named(profile, ["tool", `${stars}${"*a".repeat(20)}`]);
  assertEquals(all.filter((path) => !named200.includes(path)), []);
  await Deno.mkdir(join(profile.paths.reports, "a/.git"), { recursive: true });
  assertEquals(await digestNamed(profile, ["tool", "../x/run.py"]), {
    "reports/": ANY_CONTENT,
    "reports/of-w/run.py": await sha256Hex("1\n"),
  });
});

Deno.test("changedFile names a directory in which a file is changed, added or removed, and what appears", async () => {
  await using profile = await profileWithFix();
  const files = await digestNamed(profile, ["make", "-C", "reports/of-w"]);
  await profile.write("reports/of-w/new", "");
  assertEquals(await changedFile(profile, files), "reports/of-w/");
  await Deno.remove(join(profile.paths.reports, "of-w/new"));
  assertEquals(await changedFile(profile, files), null);
  await profile.write("reports/of-w/run.py", "2\n");
  assertEquals(await changedFile(profile, files), "reports/of-w/");
  const missing = await digestNamed(profile, ["bash", "reports/later.sh"]);
  await profile.write("reports/later.sh", FIX);
  assertEquals(await changedFile(profile, missing), "reports/later.sh");
  assertEquals(await changedFile(profile, { "reports/later.sh": ANY_CONTENT }), null);
});
