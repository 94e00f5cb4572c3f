import { dirname, join } from "@std/path";
import { operatingSystem } from "../os/env.ts";
import { findProgram, runTool, type ToolResult } from "../os/run_tool.ts";
import { kindAt } from "../os/stat.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import { writeShim } from "./env.ts";

/** The file by which the system starts the pulse of a profile. */
export interface BootFile {
  /** `systemd`: a user unit; `launchd`: an agent. */
  kind: "systemd" | "launchd";
  /** Its absolute path. */
  path: string;
  text: string;
}

/** Returns the file that starts the pulse of this profile when its user logs in; each profile has its own. */
export async function bootFile(
  { paths, configPath, env }: Profile,
  system = operatingSystem(),
): Promise<BootFile> {
  const id = (await sha256Hex(paths.dataDir)).slice(0, 8);
  const home = env("HOME") ?? "/";
  const path = absoluteEntries(env("PATH") ?? "/usr/local/bin:/usr/bin:/bin");
  if (system === "darwin") {
    const label = `io.looop.${id}`;
    return {
      kind: "launchd",
      path: join(home, "Library/LaunchAgents", `${label}.plist`),
      text: renderAgent({ label, shim: paths.shim, path, log: join(paths.own, "pulse.log") }),
    };
  }
  const config = env("XDG_CONFIG_HOME") ?? join(home, ".config");
  return {
    kind: "systemd",
    path: join(config, "systemd/user", `looop-${id}.service`),
    text: renderUnit({
      ...{ dataDir: paths.dataDir, shim: paths.shim, path },
      variables: join(dirname(configPath), "looop.env"),
    }),
  };
}

/** Only absolute entries name the same programs wherever the pulse is started. */
function absoluteEntries(path: string): string {
  return path.split(":").filter((entry) => entry.startsWith("/")).join(":");
}

function renderUnit(
  { dataDir, shim, path, variables }: {
    dataDir: string;
    shim: string;
    path: string;
    variables: string;
  },
): string {
  return `# Written by looop up --at-boot; looop down --at-boot removes it.
[Unit]
Description=looop on ${unitText(dataDir)}

[Service]
ExecStart=/bin/sh ${unitWord(shim).replaceAll("$", "$$$$")}
Environment=${unitWord(`PATH=${path}`)}
EnvironmentFile=-${unitText(variables)}
Restart=on-failure
RestartSec=60
# The status after a signal by which looop down stops it.
SuccessExitStatus=129 130 143
# Workers and their tmux outlive the pulse.
KillMode=process

[Install]
WantedBy=default.target
`;
}

/** In a unit, `%` begins a specifier, and a line ends the value. */
function unitText(text: string): string {
  return text.replaceAll("%", "%%").replace(/[\n\r]/g, " ");
}

function unitWord(text: string): string {
  return `"${unitText(text).replace(/["\\]/g, "\\$&")}"`;
}

function renderAgent(
  { label, shim, path, log }: { label: string; shim: string; path: string; log: string },
): string {
  const string = (text: string) => `<string>${xmlText(text)}</string>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<!-- Written by looop up --at-boot; looop down --at-boot removes it. -->
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>${string(label)}
  <key>ProgramArguments</key><array>${string(shim)}</array>
  <key>EnvironmentVariables</key><dict><key>PATH</key>${string(path)}</dict>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>ThrottleInterval</key><integer>60</integer>
  <key>AbandonProcessGroup</key><true/>
  <key>StandardErrorPath</key>${string(log)}
</dict>
</plist>
`;
}

function xmlText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Writes a file at a path; its directory is outside of what looop itself may write. */
const WRITE = `mkdir -p -- "$1" && cat >"$2.new" && mv -f -- "$2.new" "$2"`;

/**
 * Has the system start the pulse, from now on and at each login.
 *
 * @param now start it now, too
 * @throws {UserError} if there is no systemd or launchd, or it refuses; nothing is left then.
 */
export async function enableAtBoot(profile: Profile, now: boolean): Promise<BootFile> {
  const file = await bootFile(profile);
  const manager = managerOf(profile, file, "start");
  await writeShim(profile);
  const argv = ["bash", "-p", "-c", WRITE, "looop", dirname(file.path), file.path];
  const written = await runTool({ argv, env: profile.environment, stdin: file.text });
  check(written, `cannot write ${file.path}`);
  const commands = file.kind === "systemd"
    ? [["daemon-reload"], ["enable", ...now ? ["--now"] : [], unitName(file)]]
    : [["load", "-w", file.path]];
  try {
    for (const command of commands) await manager(command);
  } catch (error) {
    await removeBootFile(profile, file);
    throw error;
  }
  return file;
}

/**
 * Ends what {@linkcode enableAtBoot} began. A pulse that the system started is stopped.
 *
 * @returns the file that was removed; `null` if there was none
 * @throws {UserError} if the system refuses.
 */
export async function disableAtBoot(profile: Profile): Promise<string | null> {
  const file = await bootFile(profile);
  if (kindAt(file.path) === "nothing") return null;
  const manager = managerOf(profile, file, "stop starting");
  if (file.kind === "systemd") await manager(["disable", "--now", unitName(file)]);
  else await manager(["unload", "-w", file.path]);
  await removeBootFile(profile, file);
  if (file.kind === "systemd") await manager(["daemon-reload"]);
  return file.path;
}

const unitName = ({ path }: BootFile) => path.slice(path.lastIndexOf("/") + 1);

async function removeBootFile({ environment }: Profile, { path }: BootFile): Promise<void> {
  const argv = ["bash", "-p", "-c", `rm -f -- "$1"`, "looop", path];
  check(await runTool({ argv, env: environment }), `cannot remove ${path}`);
}

/** Returns a function that gives a command to the system's service manager. */
function managerOf({ environment, paths }: Profile, { kind }: BootFile, verb: string) {
  const [program, ...first] = kind === "systemd" ? ["systemctl", "--user"] : ["launchctl"];
  if (findProgram(program, environment.PATH ?? "") === null) {
    throw new UserError(
      `cannot ${verb} looop at boot: ${program} is not on PATH, so this system has no ${kind}; ` +
        `use another way, such as this line of crontab -e: @reboot ${paths.shim} up`,
    );
  }
  return async (command: string[]) => {
    const done = await runTool({ argv: [program, ...first, ...command], env: environment });
    check(done, `cannot ${verb} looop at boot: ${program} ${command[0]} failed`);
  };
}

function check({ code, stderr }: ToolResult, what: string): void {
  if (code === 0) return;
  throw new UserError(`${what} with status ${code}: ${stderr.trim() || "it says nothing"}`);
}
