import { assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { startWorkerMove } from "../../src/act/act.ts";
import { runAs, workerAs } from "../support/run_as.ts";
import { listSecrets, namedPaths } from "../../src/profile/home_secrets.ts";
import { type Access, NO_ACCESS } from "../../src/schema/config.ts";
import { resultsOf } from "../sense/results_of.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { untilEnded, workerProfile } from "../support/worker_profile.ts";

const config = { sandbox: "bwrap" as const };

/** Files below HOME with credentials: of keys, clouds, packages, browsers, keyrings, and of programs that nobody lists. */
const SECRETS = [
  ...[".ssh/id_ed25519", ".ssh/deep/er/key", ".gnupg/private-keys-v1.d/a", ".netrc", ".pgpass"],
  ...[".aws/credentials", ".aws/sso/cache/a.json", ".azure/token", ".kube/config"],
  ...[
    ".config/gcloud/credentials.db",
    ".docker/config.json",
    ".oci/config",
    ".config/doctl/c.yaml",
  ],
  ...[".npmrc", ".pypirc", ".cargo/credentials.toml", ".gem/credentials", ".m2/settings.xml"],
  ...[".mozilla/firefox/a/logins.json", ".config/google-chrome/Default/Cookies", "snap/firefox/a"],
  ...[".config/BraveSoftware/a", ".var/app/org.mozilla.firefox/a", ".thunderbird/a"],
  ...[".local/share/keyrings/login.keyring", ".local/share/kwalletd/a", ".password-store/a.gpg"],
  ...[".config/gh/hosts.yml", ".config/glab-cli/config.yml", ".git-credentials", ".bash_history"],
  ...[".newcloud/credentials.json", ".config/newcloud/auth.toml", ".local/share/new/api-token"],
  ...[".newcloud/client.pem", "service.key", ".new_history", ".config/other/refresh_token"],
  ...[".config/github-copilot/apps.json", ".config/Bitwarden CLI/data.json", ".env", ".histfile"],
  ...[".gemini/oauth_creds.json", ".local/share/lpass/key", ".tsh/keys/a", ".viminfo", ".actrc"],
];

const OPEN = [
  ...[".bashrc", ".profile", ".gitconfig", ".cargo/bin/x", ".rustup/settings.toml", "notes.md"],
  ...[".config/git/ignore", ".local/bin/tool", ".local/share/tool/a", ".cache/tool/a"],
  ...[".claude/.credentials.json", ".codex/auth.json", "project/src/token.ts", "tokens.md"],
];

async function fill(profile: TempProfile, paths: string[]): Promise<void> {
  for (const path of paths) {
    const file = join(profile.env("HOME")!, path);
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeTextFile(file, `in ${path}`);
  }
}

/** Which of these files a command in the sandbox reads. */
async function readable(
  profile: TempProfile,
  paths: string[],
  access: Partial<Access> = {},
): Promise<string[]> {
  const script = `cd "$HOME"; for f; do [ "$(cat "$f" 2>/dev/null)" = "in $f" ] && echo "$f"; done`;
  const argv = ["bash", "-c", script, "sh", ...paths];
  const { output_tail = "" } = await runAs(profile, argv, { access });
  return output_tail.split("\n").filter(Boolean);
}

Deno.test("run in the sandbox reads no credentials in HOME, and all else", async () => {
  await using profile = await tempProfile({ config });
  await fill(profile, [...SECRETS, ...OPEN]);
  assertEquals(await readable(profile, [...SECRETS, ...OPEN]), OPEN);
  // The network and a directory above them name none of them.
  const access = { network: true, write: [profile.env("HOME")!], read: [profile.env("HOME")!] };
  assertEquals(await readable(profile, [...SECRETS, ...OPEN], access), OPEN);
  const { output_tail } = await runAs(
    profile,
    `cd; ls -A .ssh .aws; touch .ssh/new .npmrc 2>&1 | sed 's/.*: //'`,
    {},
  );
  assertEquals(output_tail, ".aws:\n\n.ssh:\nRead-only file system\nPermission denied");
});

Deno.test("run in the sandbox reads the credentials that its access names: all, or a part of them", async () => {
  await using profile = await tempProfile({ config });
  await fill(profile, SECRETS);
  const home = profile.env("HOME")!;
  const reads = async (...read: string[]) => await readable(profile, SECRETS, { read });
  assertEquals(await reads("~/.config/gh"), [".config/gh/hosts.yml"]);
  assertEquals(await reads(join(home, ".npmrc"), "~/.netrc"), [".netrc", ".npmrc"]);
  assertEquals(await reads("~/.ssh/"), [".ssh/id_ed25519", ".ssh/deep/er/key"]);
  assertEquals(await reads("~/.ssh/deep"), [".ssh/deep/er/key"]);
  assertEquals(await reads("~/.aws/config", "~/missing", "/missing"), []);
  assertEquals(await readable(profile, SECRETS, { write: [join(home, ".azure")] }), [
    ".azure/token",
  ]);
});

Deno.test("a sensor and a worker in the sandbox read credentials only by header, rule and runner", async () => {
  await using profile = await workerProfile({
    config: {
      ...config,
      worker_runner: "sh",
      runners: {
        sh: { worker: 'eval "$(tail -n 1 {{prompt_file}})"' },
        keys: { worker: 'eval "$(tail -n 1 {{prompt_file}})"', read: ["~/.aws"] },
      },
    },
  });
  await fill(profile, [".ssh/id_rsa", ".aws/credentials"]);
  const cat = `cat ~/.ssh/id_rsa ~/.aws/credentials 2>/dev/null`;
  const sensor = (header: string) =>
    `#!/bin/bash\n# looop: ${header}\nprintf '{"signal":"%s"}' "$(${cat})"\n`;
  await profile.write("sensors/closed.sh", sensor("interval=9"));
  await profile.write("sensors/open.sh", sensor("read=~/.ssh,/missing"));
  assertEquals(await resultsOf(profile), {
    closed: { signal: "" },
    open: { signal: "in .ssh/id_rsa" },
  });
  const report = async (runner: string, access: Access) => {
    const prompt = `{ ${cat}; echo .; } >"$LOOOP_REPORTS_DIR/r"`;
    const move = { action: "start_worker", id: "w", runner, prompt, journal: "started" } as const;
    const action = workerAs(profile, move, { access });
    await startWorkerMove(profile, {
      ...{ action, tainted: false },
      run_id: crypto.randomUUID(),
    });
    await untilEnded(profile, "w");
    return await profile.read("reports/r");
  };
  assertEquals(await report("sh", NO_ACCESS), ".\n");
  assertEquals(await report("sh", { ...NO_ACCESS, read: ["~/.ssh"] }), "in .ssh/id_rsa.\n");
  assertEquals(await report("keys", NO_ACCESS), "in .aws/credentials.\n");
});

Deno.test("listSecrets finds credentials where links and variables have moved them, and hides nothing around HOME", async () => {
  await using profile = await tempProfile();
  const home = profile.env("HOME")!;
  await fill(profile, [
    "dotfiles/ssh/id_rsa",
    "xdg/gh/hosts.yml",
    "keys/kube",
    "keys/second",
    "npm",
  ]);
  await Deno.symlink(join(home, "dotfiles/ssh"), join(home, ".ssh"));
  await Deno.symlink(home, join(home, ".aws"));
  await Deno.symlink("/", join(home, ".azure"));
  const variables: Record<string, string> = {
    HOME: `${home}/`,
    XDG_CONFIG_HOME: join(home, "xdg"),
    KUBECONFIG: `${home}/keys/kube:${home}/keys/second:relative`,
    npm_config_userconfig: join(home, "npm"),
    GNUPGHOME: join(home, "missing"),
  };
  const env = (name: string) => variables[name];
  assertEquals(
    (await listSecrets(env, false)).map(({ path, isDirectory }) => [path, isDirectory]),
    [
      [join(home, "dotfiles/ssh"), true],
      [join(home, "keys/kube"), false],
      [join(home, "keys/second"), false],
      [join(home, "npm"), false],
      [join(home, "xdg/gh"), true],
    ],
  );
  assertEquals(await namedPaths(["~/.config/gh", "~/.kube", "~/.ssh"], env), [
    ...["xdg/gh", "keys/kube", "keys/second", "dotfiles/ssh"].map((path) => join(home, path)),
  ]);
  assertEquals(await listSecrets(() => undefined), []);
  const ofRoot = (await listSecrets(env, true)).filter(({ path }) => !path.startsWith(home));
  assertEquals(ofRoot.every(({ path }) => /^\/(etc|var|root)\//.test(path)), true);
  const isThere = await Deno.lstat("/etc/shadow").then(() => true, () => false);
  assertEquals(ofRoot.some(({ path }) => path === "/etc/shadow"), isThere);
});

Deno.test("in the sandbox, also of root's looop, nothing reads what only root can read", async () => {
  await using profile = await tempProfile({ history: false, config: { sandbox: "bwrap" } });
  const run = await runAs(profile, ["cat", "/etc/shadow", "/etc/gshadow", "/etc/hostname"]);
  const hostname = await Deno.readTextFile("/etc/hostname");
  // Parts of messages and of files can be mixed.
  const read = run.output_tail ?? "";
  assertStringIncludes(read, hostname.trim(), run.summary);
  assertEquals(read.match(/^\w+:[^ ]*:/gm), null);
});
