import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { findProgram } from "../../src/os/run_tool.ts";
import { rootTest } from "../support/root_test.ts";
import type { TempProfile } from "../support/temp_profile.ts";
import { hiddenPaths } from "../../src/profile/sandbox.ts";
import { examine, soundProfile } from "./examine.ts";

/**
 * Puts a bubblewrap first on PATH that ignores options whose words, joined by spaces, begin as this pattern says; it takes
 * others instead.
 */
async function weaken(
  profile: TempProfile,
  pattern: string,
  words: number,
  instead: string,
): Promise<void> {
  const real = findProgram("bwrap", Deno.env.get("PATH") ?? "");
  const script = `#!/bin/bash
    pattern='${pattern}'
    while [ $# != 0 ]; do
      if [[ "$1 $2 $3" =~ $pattern ]]; then kept+=(${instead}); shift ${words}; else kept+=("$1"); shift; fi
    done
    exec '${real}' "\${kept[@]}"`;
  await Deno.writeTextFile(join(profile.root, "bin", "bwrap"), script, { mode: 0o755 });
}

async function sandboxOf(profile: TempProfile): Promise<[string, string, string | null]> {
  const [{ level, found, fix }] = (await examine(profile)).filter(({ check }) =>
    check === "sandbox"
  );
  return [level, found, fix];
}

/** A profile with credentials in HOME. */
async function profileWithSecrets(): Promise<TempProfile> {
  const profile = await soundProfile({ config: { sandbox: "bwrap", runner: "none" } });
  const home = join(profile.root, "home");
  await Deno.mkdir(join(home, ".ssh"));
  await Deno.writeTextFile(join(home, ".ssh", "id_rsa"), "key");
  await Deno.writeTextFile(join(home, ".npmrc"), "token");
  // A program of the user's in a directory that is otherwise hidden.
  const bin = join(home, ".docker", "bin");
  await Deno.mkdir(bin, { recursive: true });
  profile.environment.PATH += `:${bin}`;
  return profile;
}

Deno.test("doctor tries from inside the sandbox that each of its promises holds", async () => {
  await using profile = await profileWithSecrets();
  // Of root's looop also those of this machine.
  const hidden = await hiddenPaths(profile);
  const home = profile.env("HOME")!;
  const own = hidden.filter((path) => path.startsWith(home));
  assertEquals(own, [join(home, ".npmrc"), join(home, ".ssh")]);
  assertEquals(await sandboxOf(profile), [
    "ok",
    `bwrap starts programs without root, keyrings, sockets and your credentials (${hidden.length} found)`,
    null,
  ]);
});

for (
  const [name, pattern, words, found, instead = ""] of [
    [
      "system call filter",
      "^--seccomp",
      2,
      /^in the sandbox a program is not confined: system calls are not filtered; .*session keyring is readable; .*it can make user namespaces; it can connect to .*AF_UNIX.*; it can send to .*AF_UNIX/,
    ],
    [
      "read-only /proc",
      "^--remount-ro /proc ",
      2,
      /\/proc\/self\/oom_score_adj is writable/,
    ],
    ["network", "^--unshare-net", 1, /it has the network interface \w+/],
    [
      "hidden directory",
      "^--(tmpfs|remount-ro) .*/home/.ssh ",
      2,
      /: .+\/home\/\.ssh is readable$/,
    ],
    [
      "hidden file",
      "^--ro-bind /dev/null .*/home/.npmrc",
      3,
      /: .+\/home\/\.npmrc is readable$/,
    ],
    [
      "hidden names of keys",
      "^--ro-bind-data [0-9]+ /proc/keys",
      3,
      /keys are readable in/,
      // This user may have no keys.
      "--ro-bind /etc/passwd /proc/keys",
    ],
    // Only root becomes another user.
    ["another user", "^--(uid|gid) ", 2, /: its user is root/],
  ] as [string, string, number, RegExp, string?][]
) {
  const test = name === "another user" ? rootTest.bind(null, import.meta.url) : Deno.test;
  test(`doctor fails where the sandbox lacks its ${name}`, async () => {
    await using profile = await profileWithSecrets();
    await weaken(profile, pattern, words, instead);
    const [level, said, fix] = await sandboxOf(profile);
    assertEquals([level, fix], ["fail", "looop help sandbox"], said);
    assertEquals(said.match(found) === null, false, said);
  });
}
