import { assertEquals } from "@std/assert";
import { sandboxArgv, type SandboxPlaces } from "../../src/os/sandbox.ts";
import { NO_ACCESS } from "../../src/schema/config.ts";
import { eventually } from "../support/eventually.ts";

const PLACES: SandboxPlaces = {
  bwrap: "/usr/bin/bwrap",
  hidden: ["/tmp", "/run", "/home/me/run"],
  secrets: [],
  guarded: ["/home/me/.config", "/home/me/data", "/tmp/bin"],
  dataDir: "/home/me/data",
  masked: [{ dir: "/home/me/data/.looop", shown: ["/home/me/data/.looop/bin"] }],
  writable: [],
  cwd: "/home/me/data",
  env: { TMPDIR: "/tmp" },
  keepsTerminal: false,
};

/** bubblewrap's options: what is behind the launcher's own arguments, up to the program. */
function optionsOf(argv: string[]): string[] {
  assertEquals(argv.slice(0, 3), ["bash", "-p", "-c"]);
  assertEquals(argv.slice(4, 7), ["looop", "/usr/bin/bwrap", "/home/me/data"]);
  const count = Number(argv[9]);
  assertEquals(argv.slice(10 + count, 13 + count), ["bash", "-p", "-c"]);
  return argv.slice(10, 10 + count);
}

/** The mounts, in the order in which they are made. */
function mountsOf(argv: string[]): string[] {
  const options = optionsOf(argv);
  return options.flatMap((option, i) =>
    /^--(tmpfs|remount-ro|dev|proc)$/.test(option)
      ? [`${option} ${options[i + 1]}`]
      : /^--(ro-)?bind(-try)?$/.test(option)
      ? [`${option} ${options[i + 2]}`]
      : []
  );
}

Deno.test("sandboxArgv without any access: all read-only, temporary directories hidden, no network, no capability", () => {
  const argv = sandboxArgv(NO_ACCESS, PLACES, ["printf", "%s", "a b"]);
  assertEquals(mountsOf(argv), [
    "--ro-bind /",
    "--tmpfs /tmp",
    "--tmpfs /run",
    ...["--dev /dev", "--proc /proc", "--ro-bind-try /sys"],
    "--ro-bind /tmp/bin",
    ...["--tmpfs /proc/1", "--remount-ro /proc/1", "--remount-ro /proc"],
    "--tmpfs /home/me/run",
    "--ro-bind /home/me/.config",
    "--ro-bind /home/me/data",
    "--tmpfs /home/me/data/.looop",
    "--ro-bind /home/me/data/.looop/bin",
    "--remount-ro /home/me/data/.looop",
  ]);
  assertEquals(
    optionsOf(argv).slice(-15),
    [
      ...["--unshare-user-try", "--unshare-ipc", "--unshare-pid", "--unshare-uts"],
      ...["--unshare-cgroup-try", "--unshare-net", "--cap-drop", "ALL", "--die-with-parent"],
      ...["--new-session", "--setenv", "TMPDIR", "/tmp", "--chdir", "/home/me/data"],
    ].slice(-16),
  );
  assertEquals(argv.slice(-4), ["looop", "printf", "%s", "a b"]);
});

Deno.test("sandboxArgv opens what an access names, but nothing guarded below it", () => {
  const write = ["/home", "/tmp", "/home/me/data/reports", "/home/me/data/.looop/bin"];
  const argv = sandboxArgv({ network: true, read: [], write }, PLACES, ["true"]);
  assertEquals(optionsOf(argv).includes("--unshare-net"), false);
  assertEquals(mountsOf(argv), [
    "--ro-bind /",
    "--bind /tmp",
    "--tmpfs /run",
    "--bind /home",
    ...["--dev /dev", "--proc /proc", "--ro-bind-try /sys"],
    "--ro-bind /tmp/bin",
    ...["--tmpfs /proc/1", "--remount-ro /proc/1", "--remount-ro /proc"],
    "--tmpfs /home/me/run",
    "--ro-bind /home/me/.config",
    "--ro-bind /home/me/data",
    "--bind /home/me/data/reports",
    "--bind /home/me/data/.looop/bin",
    "--tmpfs /home/me/data/.looop",
    "--ro-bind /home/me/data/.looop/bin",
    "--remount-ro /home/me/data/.looop",
  ]);
});

Deno.test("sandboxArgv gives a worker its own directories last, in a directory of workers that is empty but for it", () => {
  const argv = sandboxArgv(NO_ACCESS, {
    ...PLACES,
    masked: [...PLACES.masked, {
      dir: "/home/me/data/workers",
      shown: ["/home/me/data/workers/a"],
    }],
    writable: ["/home/me/data/reports", "/home/me/data/workers/a/inbox"],
    keepsTerminal: true,
  }, ["true"]);
  assertEquals(mountsOf(argv).slice(13), [
    "--tmpfs /home/me/data/.looop",
    "--ro-bind /home/me/data/.looop/bin",
    "--tmpfs /home/me/data/workers",
    "--ro-bind /home/me/data/workers/a",
    "--bind /home/me/data/reports",
    "--bind /home/me/data/workers/a/inbox",
    "--remount-ro /home/me/data/.looop",
    "--remount-ro /home/me/data/workers",
  ]);
  assertEquals(optionsOf(argv).includes("--new-session"), false);
});

Deno.test("sandboxArgv hides credentials but those that an access names, below whatever else is open", () => {
  const places = {
    ...PLACES,
    secrets: [
      { path: "/home/me/.ssh", isDirectory: true },
      { path: "/home/me/.aws", isDirectory: true },
      { path: "/home/me/.npmrc", isDirectory: false },
      { path: "/home/me/.netrc", isDirectory: false },
    ],
  };
  const read = ["/home/me/.aws", "/home/me/.ssh/known_hosts", "/home/me/.netrc"];
  const argv = sandboxArgv({ network: false, read, write: ["/home/me"] }, places, ["true"]);
  assertEquals(mountsOf(argv).filter((mount) => /home\/me($|\/\.[asn])/.test(mount)), [
    "--bind /home/me",
    "--tmpfs /home/me/.ssh",
    "--ro-bind /home/me/.aws",
    "--ro-bind /home/me/.npmrc",
    "--ro-bind /home/me/.netrc",
    "--ro-bind /home/me/.ssh/known_hosts",
    "--remount-ro /home/me/.ssh",
  ]);
  const options = optionsOf(argv);
  assertEquals(options[options.indexOf("/home/me/.npmrc") - 1], "/dev/null");
  assertEquals(options[options.indexOf("/home/me/.netrc") - 1], "--ro-bind");
});

Deno.test("sandboxArgv keeps what is the kernel's, whatever an access opens", () => {
  const argv = sandboxArgv({ network: true, read: ["/proc"], write: ["/", "/dev"] }, PLACES, ["x"]);
  const mounts = mountsOf(argv);
  assertEquals(mounts[0], "--bind /");
  for (const mount of ["--dev /dev", "--proc /proc", "--ro-bind-try /sys", "--remount-ro /proc"]) {
    assertEquals(mounts.filter((one) => one === mount).length, 1, mount);
  }
  assertEquals(mounts.filter((mount) => /^--(ro-)?bind \/(dev|proc)$/.test(mount)), []);
});

/** Puts a command into the hands of somebody who is not root, where it is root who tests. */
function unprivileged(argv: string[]): string[] {
  if (Deno.uid() !== 0) return argv;
  return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", ...argv];
}

Deno.test("sandboxArgv holds for a user who is not root, and ps outside sees what runs inside", async () => {
  const dir = await Deno.realPath(await Deno.makeTempDir());
  const bwrap = new TextDecoder().decode(
    (await new Deno.Command("which", { args: ["bwrap"] }).output()).stdout,
  ).trim();
  const mark = crypto.randomUUID();
  const places: SandboxPlaces = {
    ...PLACES,
    ...{ bwrap, hidden: ["/tmp"], guarded: [dir], dataDir: dir, masked: [], cwd: dir },
    env: { LOOOP_GENERATION: mark },
  };
  try {
    await Deno.chmod(dir, 0o777);
    const script =
      `echo x 2>/dev/null >x || echo refused; id -u; grep -c . /proc/net/dev; sed -n 's/^CapBnd:\\s*//p' ` +
      `/proc/self/status; kill -9 1 2>/dev/null; echo "alive"; exec sleep 60`;
    const [program, ...args] = unprivileged(sandboxArgv(NO_ACCESS, places, ["bash", "-c", script]));
    await using child = new Deno.Command(program, { args, stdout: "piped" }).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let said = "";
    while (!said.includes("alive")) said += (await reader.read()).value ?? "";
    const user = Deno.uid() === 0 ? 65534 : Deno.uid();
    // Two lines of heading, and the loopback.
    assertEquals(said, `refused\n${user}\n3\n0000000000000000\nalive\n`);
    const [ps, ...all] = unprivileged(["ps", "axeww", "-o", "args="]);
    // It says so a moment before it becomes sleep.
    await eventually("ps sees it once", async () => {
      const { stdout } = await new Deno.Command(ps, { args: all }).output();
      const seen = new TextDecoder().decode(stdout).split("\n").filter((line) =>
        line.startsWith("sleep 60 ") && line.includes(` LOOOP_GENERATION=${mark}`)
      );
      return seen.length === 1;
    });
    await reader.cancel();
    child.kill("SIGKILL");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
