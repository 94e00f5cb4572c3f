import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/schema/errors.ts";
import { bootFile, disableAtBoot, enableAtBoot } from "../../src/workers/at_boot.ts";
import { cliOn } from "../support/cli_on.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

/** A `systemctl` that writes its arguments into `calls`, and fails where they match. */
async function standIn(profile: TempProfile, fails = "nothing"): Promise<void> {
  const bin = join(profile.root, "bin");
  await Deno.mkdir(bin);
  const script = `#!/bin/sh
echo "$@" >>'${profile.root}/calls'
case "$*" in *${fails}*) echo "Failed to connect to bus" >&2; exit 1 ;; esac
`;
  await Deno.writeTextFile(join(bin, "systemctl"), script, { mode: 0o700 });
  profile.environment.PATH = `${bin}:${profile.environment.PATH}`;
}

const calls = async ({ root }: TempProfile) =>
  (await Deno.readTextFile(join(root, "calls"))).trim().split("\n");

const ODD = `it's "50%" & $HOME`;

/** A profile whose paths have what units and shells treat specially. */
const odd = async () => {
  const dir = await Deno.makeTempDir();
  await Deno.mkdir(join(dir, ODD));
  const profile = await tempProfile({ dir: join(dir, ODD) });
  return { dir, profile, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
};

Deno.test("bootFile writes a systemd unit that starts the shim, and reads variables from looop.env", async () => {
  await using profile = await tempProfile({ env: { PATH: "/usr/bin:bin:/bin" } });
  const { kind, path, text } = await bootFile(profile, "linux");
  assertEquals(kind, "systemd");
  assertEquals(
    path.replace(/-[0-9a-f]{8}\./, "-ID."),
    [
      ...[profile.environment.HOME, ".config/systemd/user/looop-ID.service"],
    ].join("/"),
  );
  const lines = text.split("\n");
  for (
    const line of [
      `ExecStart=/bin/sh "${profile.paths.shim}"`,
      `Environment="PATH=/usr/bin:/bin"`,
      `EnvironmentFile=-${profile.root}/looop.env`,
      "Restart=on-failure",
      "SuccessExitStatus=129 130 143",
      "KillMode=process",
      "WantedBy=default.target",
    ]
  ) assertEquals(lines.filter((one) => one === line), [line], text);
});

Deno.test("bootFile escapes what a unit or a plist would read differently, and is another for each profile", async () => {
  await using place = await odd();
  const { profile } = place;
  const unit = (await bootFile(profile, "linux")).text;
  const shim = profile.paths.shim.replaceAll("%", "%%").replaceAll("$", "$$$$")
    .replaceAll('"', '\\"');
  assertStringIncludes(unit, `\nExecStart=/bin/sh "${shim}"\n`);
  const agent = await bootFile(profile, "darwin");
  assertEquals([agent.kind, agent.path.includes("/Library/LaunchAgents/io.looop.")], [
    "launchd",
    true,
  ]);
  assertStringIncludes(
    agent.text,
    `<array><string>${profile.paths.shim.replaceAll("&", "&amp;")}</string></array>`,
  );
  await using other = await tempProfile();
  const paths = await Promise.all([profile, other].map((one) => bootFile(one, "linux")));
  assertEquals(new Set(paths.map(({ path }) => path.split("/").at(-1))).size, 2);
});

Deno.test("enableAtBoot writes and enables the unit, and disableAtBoot removes it", async () => {
  await using profile = await tempProfile();
  await standIn(profile);
  const { path, text } = await enableAtBoot(profile, true);
  const name = path.split("/").at(-1);
  assertEquals(await Deno.readTextFile(path), text);
  assertEquals(await calls(profile), ["--user daemon-reload", `--user enable --now ${name}`]);
  assertEquals((await Deno.stat(profile.paths.shim)).isFile, true);
  assertEquals(await disableAtBoot(profile), path);
  assertEquals((await calls(profile)).slice(2), [
    `--user disable --now ${name}`,
    "--user daemon-reload",
  ]);
  await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
  assertEquals(await disableAtBoot(profile), null);
});

Deno.test("enableAtBoot leaves nothing where systemctl refuses, and names another way where there is none", async () => {
  await using profile = await tempProfile();
  const { path } = await bootFile(profile);
  const environment = { ...profile.environment, PATH: "/nowhere" };
  await assertRejects(
    () => enableAtBoot({ ...profile, environment }, true),
    UserError,
    "cannot start looop at boot: systemctl is not on PATH, so this system has no systemd; " +
      `use another way, such as this line of crontab -e: @reboot ${profile.paths.shim} up`,
  );
  await standIn(profile, "enable");
  await assertRejects(
    () => enableAtBoot(profile, false),
    UserError,
    "cannot start looop at boot: systemctl enable failed with status 1: Failed to connect to bus",
  );
  await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
});

Deno.test("looop up --at-boot --print shows the file and writes nothing; looop down --at-boot ends it", async () => {
  await using profile = await tempProfile();
  const { path, text } = await bootFile(profile);
  const shown = await cliOn(profile, ["up", "--at-boot", "--print"]);
  assertEquals(shown, { status: 0, stdout: `# ${path}\n${text}`, stderr: "" });
  await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
  const { status, stderr } = await cliOn(profile, ["up", "--print"]);
  assertEquals([status, stderr.split("\n")[0]], [
    2,
    "looop: --print has an effect only with --at-boot",
  ]);
  const down = await cliOn(profile, ["down", "--at-boot"]);
  assertEquals(down.stdout, "nothing starts looop at boot\nno pulse was running\n");
});
