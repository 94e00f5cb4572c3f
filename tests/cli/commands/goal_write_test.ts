import { assertEquals, assertMatch } from "@std/assert";
import { runCli } from "../../../src/cli/main.ts";
import { tickOnce } from "../../../src/loop/run.ts";
import { lock } from "../../../src/os/lock.ts";
import { cliOn } from "../../support/cli_on.ts";
import { git, subjects } from "../../support/git.ts";
import { memoryTerminal } from "../../support/memory_terminal.ts";
import { scripted } from "../../support/scripted_decider.ts";
import { tempProfile } from "../../support/temp_profile.ts";
import { drafts, useEditor } from "../editor.ts";
import { RULED, TEA } from "../goal_texts.ts";

Deno.test("looop goal write takes stdin, journals it, and commits it apart from other edits", async () => {
  await using profile = await tempProfile();
  await tickOnce(profile, { decider: scripted().decide });
  await profile.write("reports/mine.md", "mine\n");
  assertEquals(await cliOn(profile, ["goal", "write", "tea", "-"], { input: TEA }), {
    status: 0,
    stdout: "wrote goals/tea.md (new)\n",
    stderr: "",
  });
  assertEquals(await profile.read("goals/tea.md"), TEA);
  assertEquals((await Deno.stat(`${profile.paths.goals}/tea.md`)).mode! & 0o777, 0o600);
  const { dataDir } = profile.paths;
  assertEquals((await subjects(dataDir)).slice(0, 2), [
    "wrote goals/tea.md",
    "Edits since the last move",
  ]);
  assertEquals(
    await git(dataDir, "show", "--format=%B", "--name-only", "HEAD"),
    "wrote goals/tea.md\n\n\ngoals/tea.md\njournal.md",
  );
  assertEquals(await git(dataDir, "status", "--porcelain"), "");
  assertMatch(await profile.read("journal.md"), /^- .{16} wrote goals\/tea\.md$/m);
  const { ts: _, ...event } = JSON.parse(
    (await profile.read("events.jsonl")).trim().split("\n").at(-1)!,
  );
  assertEquals(event, { event: "edit", path: "goals/tea.md", what: "wrote goals/tea.md" });
  // The loop sees it as a person's change.
  const decider = scripted();
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "moved");
  const again = await cliOn(profile, ["goal", "write", "tea", "-"], { input: TEA });
  assertEquals([again.status, again.stdout], [
    0,
    "no change: goals/tea.md already has that text\n",
  ]);
});

Deno.test("looop goal write refuses what a tick could not read, says where, and keeps what was typed", async () => {
  await using profile = await tempProfile({ files: { "goals/tea.md": TEA } });
  const cases: [text: string, why: RegExp][] = [
    ["", /^looop: cannot write goals\/tea\.md: the text is empty\n$/],
    ["no front matter\n", /^looop: cannot write goals\/tea\.md: line 1: found "no front matter", /],
    ["---\ngoal: a\nprio: 1\n---\n", /unknown key `prio`/],
    [
      "---\ngoal: a\ngoal: b\n---\n",
      /the front matter is not valid YAML: .*\bline 3\b.*\nyour text is in /,
    ],
    [RULED.replace("'true'", "'1 +'"), /goals\/tea\.md: rule rule-1: when: /],
    ["---\ngoal: [masked TOKEN]\n---\n", /it contains \[masked TOKEN\], with which looop hides/],
    ["---\ngoal: a\n---\n\0", /it contains a NUL character/],
    ["---\ngoal: a\n---\n\ufffd", /it is not valid UTF-8, or contains U\+FFFD/],
  ];
  const typed: string[] = [];
  for (const [input, why] of cases) {
    const { status, stdout, stderr } = await cliOn(profile, ["goal", "write", "tea", "-"], {
      input,
    });
    assertEquals([status, stdout], [1, ""]);
    assertMatch(stderr, why);
    const path = /your text is in (.+): edit it there/.exec(stderr)?.[1];
    assertEquals(path !== undefined, input !== "", stderr);
    if (path !== undefined) {
      typed.push(path);
      assertEquals(await Deno.readTextFile(path), input);
    }
  }
  assertEquals(Object.keys(await drafts(profile)).sort(), typed.sort());
  assertEquals(await profile.read("goals/tea.md"), TEA);
  assertEquals(await Deno.stat(profile.paths.journal).catch(() => "none"), "none");
  const latin = `${profile.root}/latin`;
  await Deno.writeFile(latin, new Uint8Array([...new TextEncoder().encode(TEA), 0xe4]));
  const bytes = await cliOn(profile, ["goal", "write", "tea", latin]);
  assertEquals([bytes.status, bytes.stderr], [
    1,
    "looop: cannot write goals/tea.md: it is not valid UTF-8, or contains U+FFFD, which replaces invalid bytes\n",
  ]);
  // Mended where it lies, it is given as a file, and gone once it is written.
  await Deno.writeTextFile(typed[0], RULED);
  const mended = await cliOn(profile, ["goal", "write", "tea", typed[0]]);
  assertEquals([mended.status, mended.stdout], [0, "wrote goals/tea.md\n"]);
  assertEquals(await profile.read("goals/tea.md"), RULED);
  assertEquals(Object.keys(await drafts(profile)).sort(), typed.slice(1));
});

Deno.test("looop goal write opens the editor on a copy, with a starter where there is no goal yet", async () => {
  await using profile = await tempProfile({ files: { "goals/tea.md": TEA } });
  await useEditor(profile, `cat "$1" >"$HOME/seen"; sed -i 's/tea/coffee/' "$1"`);
  assertEquals(await cliOn(profile, ["goal", "write", "tea"]), {
    status: 0,
    stdout: "wrote goals/tea.md\n",
    stderr: "",
  });
  assertEquals(await profile.read("goals/tea.md"), TEA.replace("tea", "coffee"));
  assertEquals(await Deno.readTextFile(`${profile.root}/home/seen`), TEA);
  await useEditor(profile, `sed -i 's/^goal:.*/goal: Begin/' "$1"`);
  const begun = await cliOn(profile, ["goal", "write", "new"]);
  assertEquals(begun.stdout, "wrote goals/new.md (new)\n");
  assertMatch(await profile.read("goals/new.md"), /^---\ngoal: Begin\npriority: 0 /);
  assertEquals(await drafts(profile), {});
});

Deno.test("looop goal write writes nothing where the editor changed nothing, failed, or left no file", async () => {
  await using profile = await tempProfile({ files: { "goals/tea.md": TEA } });
  const write = () => cliOn(profile, ["goal", "write", "tea"]);
  const without = await write();
  assertEquals([without.status, without.stderr], [
    2,
    "looop: cannot open an editor: neither VISUAL nor EDITOR is set; set one, or name a file, or - for stdin\nusage: looop goal write <id> [file|-] [--note TEXT]\n",
  ]);
  await useEditor(profile, "true");
  assertEquals(await write(), {
    status: 0,
    stdout: "no change: goals/tea.md was not written\n",
    stderr: "",
  });
  await useEditor(profile, `rm "$1"`);
  assertMatch((await write()).stderr, /^looop: the editor .* left no file: nothing is written\n$/);
  await useEditor(profile, `exit 3`);
  assertMatch(
    (await write()).stderr,
    /^looop: the editor .* exited with status 3: nothing is written\n$/,
  );
  assertEquals(await drafts(profile), {});
  await useEditor(profile, `echo more >>"$1"; exit 3`);
  const failed = await write();
  assertEquals(failed.status, 1);
  assertMatch(failed.stderr, /exited with status 3: nothing is written\nwhat you typed is in /);
  assertEquals(Object.values(await drafts(profile)), [`${TEA}more\n`]);
  assertEquals(await profile.read("goals/tea.md"), TEA);
});

Deno.test("looop goal write leaves alone what was changed while the editor was open", async () => {
  await using profile = await tempProfile({ files: { "goals/tea.md": TEA } });
  const { goals } = profile.paths;
  await useEditor(profile, `echo mine >>"$1"; echo theirs >>'${goals}/tea.md'`);
  const changed = await cliOn(profile, ["goal", "write", "tea"]);
  assertEquals(changed.status, 1);
  assertMatch(
    changed.stderr,
    /^looop: cannot write goals\/tea\.md: it was changed meanwhile; nothing is written\nyour text is in /,
  );
  assertEquals(await profile.read("goals/tea.md"), `${TEA}theirs\n`);
  await useEditor(profile, `echo mine >>"$1"; rm '${goals}/tea.md'`);
  assertMatch((await cliOn(profile, ["goal", "write", "tea"])).stderr, /it was removed meanwhile/);
  await useEditor(profile, `sed -i 's/^goal:.*/goal: a/' "$1"; echo theirs >'${goals}/new.md'`);
  assertMatch((await cliOn(profile, ["goal", "write", "new"])).stderr, /it was changed meanwhile/);
  assertEquals(await profile.read("goals/new.md"), "theirs\n");
  assertEquals(Object.values(await drafts(profile)).length, 3);
});

Deno.test("looop goal write that is stopped while it waits for a move keeps what was typed", async () => {
  await using profile = await tempProfile({ files: { "goals/tea.md": TEA } });
  using _ = await lock(profile.paths.moveLock);
  const stop = new AbortController();
  const terminal = {
    ...memoryTerminal(),
    input() {
      // What goes on with the text at once is over by then, and waits for the lock.
      setTimeout(() => stop.abort("SIGINT"));
      return Promise.resolve(RULED);
    },
  };
  const { dataDir } = profile.paths;
  const where = { dataDir, configPath: profile.configPath, environment: profile.environment };
  let told = "";
  terminal.err = (text) => void (told += text);
  const args = ["goal", "write", "tea", "-"];
  assertEquals(await runCli(args, terminal, stop.signal, where), 130);
  const [[path, text]] = Object.entries(await drafts(profile));
  assertEquals(text, RULED);
  assertEquals(
    told,
    `looop: goals/tea.md was not written; your text is in ${path}: edit it there, and pass that file\n`,
  );
  assertEquals(await profile.read("goals/tea.md"), TEA);
});

Deno.test("looop goal write says what becomes of the mark of an untrusted goal", async () => {
  const marked = "---\nuntrusted: true\ngoal: Drink tea\n---\n";
  await using profile = await tempProfile({ files: { "goals/tea.md": marked } });
  await useEditor(profile, `echo note >>"$1"`);
  assertEquals(
    (await cliOn(profile, ["goal", "write", "tea"])).stdout,
    "wrote goals/tea.md\n" +
      "this goal is marked untrusted, so its rules need your approval; remove the mark once you trust all of it\n",
  );
  assertEquals(await profile.read("goals/tea.md"), `${marked}note\n`);
  const input = TEA;
  assertEquals(
    (await cliOn(profile, ["goal", "write", "tea", "-"], { input })).stdout,
    "wrote goals/tea.md\n" +
      "the untrusted mark is removed; the rules of this goal are trusted from now on\n",
  );
});

Deno.test("looop goal write refuses a bad id, a link, a directory, and to be used inside a worker", async () => {
  await using profile = await tempProfile();
  const write = (id: string) => cliOn(profile, ["goal", "write", id, "-"], { input: TEA });
  const id = await write("../x");
  assertEquals([id.status, id.stderr.split(":")[1]], [2, " cannot write goal ../x"]);
  await Deno.symlink("/etc/passwd", `${profile.paths.goals}/link.md`);
  assertMatch(
    (await write("link")).stderr,
    /^looop: cannot write goals\/link\.md: it is a symlink; /,
  );
  await Deno.mkdir(`${profile.paths.goals}/directory.md`);
  assertMatch(
    (await write("directory")).stderr,
    /cannot write goals\/directory\.md: there is a directory; /,
  );
  const environment = profile.environment as Record<string, string>;
  environment.LOOOP_SESSION_ID = "fix-ci";
  for (const args of [["write", "tea", "-"], ["archive", "tea"]]) {
    const inside = await cliOn(profile, ["goal", ...args], { input: TEA });
    assertEquals(inside.status, 1);
    assertMatch(
      inside.stderr,
      /^looop: cannot .* from inside worker fix-ci: only the user may do this/,
    );
  }
  environment.LOOOP_INBOX = "/nowhere";
  const sandboxed = await cliOn(profile, ["goal", "ls"]);
  assertMatch(
    sandboxed.stderr,
    /^looop: cannot use looop goal in the sandbox of worker fix-ci; /,
  );
});
