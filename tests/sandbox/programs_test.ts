import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { runAs } from "../support/run_as.ts";
import { runProgram } from "../../src/os/run_program.ts";
import { sandboxed } from "../../src/profile/sandbox.ts";
import { type Access, NO_ACCESS } from "../../src/schema/config.ts";
import type { Outcome } from "../../src/schema/decision.ts";
import { UserError } from "../../src/schema/errors.ts";
import { resultsOf } from "../sense/results_of.ts";
import { eventually } from "../support/eventually.ts";
import { checkout, denoDir } from "../support/looop.ts";
import { type TempProfile, tempProfile, WITHOUT_SPACES } from "../support/temp_profile.ts";
import { output } from "../support/worker_profile.ts";
import { isPresent } from "./sandbox_profile.ts";

const bwrap = { sandbox: "bwrap" as const };

function run(
  profile: TempProfile,
  command: string,
  access: Partial<Access> = {},
): Promise<Outcome> {
  return runAs(profile, command, { access });
}

/** How many processes sleep for exactly so many seconds. */
async function sleepers(seconds: string): Promise<number> {
  return (await output("ps", ["axww", "-o", "stat=,args="])).split("\n")
    .filter((line) => new RegExp(`^[^Z\\s]\\S* +sleep ${seconds}$`).test(line)).length;
}

Deno.test("run in the sandbox reads all but writes nothing, sees no process, and has its own /tmp", async () => {
  await using profile = await tempProfile({ config: bwrap, files: { ".looop/secret": "s3cret" } });
  const { summary, output_tail } = await run(
    profile,
    `cat PLAYBOOK.md; pwd; ls -A .looop; echo x 2>/dev/null >x || echo refused; ` +
      `ls -d "$TMPDIR"; ls -d "$HOME"; echo y >"$TMPDIR/y" && cat /tmp/y; ps ax | grep -c .; id -u; ` +
      `grep CapEff /proc/self/status`,
  );
  const { dataDir } = profile.paths;
  assertEquals([summary, output_tail?.split("\n")], ["exit 0", [
    ...["# Playbook", dataDir, "refused", "/tmp", profile.env("HOME")!, "y"],
    // The header, bash, ps, grep. Root is another user inside.
    ...["4", String(Deno.uid() || 65533), "CapEff:\t0000000000000000"],
  ]]);
  assertEquals(await isPresent("/tmp/y"), false);
});

Deno.test("run in the sandbox gives exit status, signal and what cannot be started as without", async () => {
  await using profile = await tempProfile({ config: bwrap });
  const statuses = [];
  for (const command of ["exit 3", "kill -TERM $$", "no-such-program"]) {
    statuses.push((await run(profile, command)).exit_code);
  }
  assertEquals(statuses, [3, 143, 127]);
  const argv = ["printf", "%s|", "a b", "$HOME", "--", "*"];
  const { output_tail } = await runAs(profile, argv);
  assertEquals(output_tail, "a b|$HOME|--|*|");
});

Deno.test("run in the sandbox has the network and writes where its access says so, and nowhere else", async () => {
  await using profile = await tempProfile({ config: bwrap });
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connect = `exec 3<>/dev/tcp/127.0.0.1/${listener.addr.port}`;
  assertEquals((await run(profile, connect)).exit_code, 1);
  assertEquals((await run(profile, connect, { network: true })).exit_code, 0);
  const out = join(profile.root, "out");
  await Deno.mkdir(out);
  const write = `echo x >../out/x; echo x >y; echo x >../z`;
  const { output_tail = "" } = await run(profile, write, { write: [out] });
  assertEquals(output_tail.match(/Read-only file system/g)?.length, 2);
  assertEquals(await Deno.readTextFile(join(out, "x")), "x\n");
  // What lies above the data directory does not open it.
  await run(profile, "echo x >y; echo x >.looop/y", { write: ["/", "/tmp"] });
  await run(profile, "echo x >reports/y; echo x >y", { write: [profile.paths.reports] });
  assertEquals(await profile.read("reports/y"), "x\n");
  for (const path of ["y", ".looop/y"]) {
    assertEquals(await isPresent(join(profile.paths.dataDir, path)), false, path);
  }
});

Deno.test("run in the sandbox is refused where its access names what is not there, or what steers looop", async () => {
  await using profile = await tempProfile({ config: bwrap });
  const { dataDir } = profile.paths;
  const why = async (path: string) =>
    (await assertRejects(() => run(profile, "true", { write: [path] }), UserError)).message;
  assertEquals(
    await why("/no/such"),
    "cannot allow writing to /no/such: it does not exist; create it first",
  );
  for (const path of [dataDir, profile.root, checkout.replace(/\/$/, "")]) {
    assertEquals(
      await why(path),
      `cannot allow writing to ${path}: it steers looop; name a directory inside`,
    );
  }
});

Deno.test("run in the sandbox with the network sees no socket of the machine", async () => {
  await using profile = await tempProfile({ config: bwrap });
  const paths = ["home/agent", "a b/sock", "data/reports/sock"].map((path) =>
    join(profile.root, path)
  );
  await Deno.mkdir(join(profile.root, "a b"));
  const listeners = paths.map((path) => Deno.listen({ transport: "unix", path }));
  try {
    const { output_tail } = await run(
      profile,
      paths.map((path) => `test -S '${path}'; echo $?`).join(";"),
      { network: true },
    );
    // Those in the data directory are none of looop's, and workers could make any number.
    assertEquals(output_tail, "1\n1\n0");
  } finally {
    for (const listener of listeners) listener.close();
  }
});

Deno.test("a socket is covered in the sandbox also while others come and go", async () => {
  // Where the sandboxes of other tests see nothing, to which sockets that vanish would be mount points.
  await using profile = await tempProfile({ config: bwrap, dir: "/tmp" });
  const path = join(profile.root, "a b");
  using _ = Deno.listen({ transport: "unix", path });
  const argv = await sandboxed(profile, { ...NO_ACCESS, network: true }, ["true"]);
  // It prints what bubblewrap would be started with.
  const [program, ...args] = argv.map((word) => word.endsWith("/bwrap") ? "echo" : word);
  let isOver = false;
  const churn = (async () => {
    for (let round = 0; !isOver; round++) {
      const listeners = Array.from({ length: 4 }, (_, index) => {
        const other = join(profile.root, `${round}.${index}`);
        return Deno.listen({ transport: "unix", path: other });
      });
      await new Promise((resolve) => setTimeout(resolve));
      for (const listener of listeners) listener.close();
    }
  })();
  let missed = 0;
  try {
    for (let run = 0; run < 300; run++) {
      const options = await output(program, args);
      if (!options.includes(`--ro-bind /dev/null ${path} `)) missed++;
    }
  } finally {
    isOver = true;
    await churn;
  }
  assertEquals(missed, 0);
});

Deno.test("a deadline, a flood and a fork in the sandbox leave nothing behind", async () => {
  await using profile = await tempProfile({ config: bwrap });
  const mark = `60.${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  const start = async (command: string, more: { deadlineMs?: number; enough?: boolean }) =>
    await runProgram({
      argv: await sandboxed(profile, NO_ACCESS, ["bash", "-c", command]),
      cwd: profile.paths.dataDir,
      env: profile.environment,
      deadlineMs: more.deadlineMs ?? 60_000,
      onStdout: () => more.enough ? "enough" : undefined,
    });
  const fork = `setsid sleep ${mark} & (trap "" HUP TERM; exec sleep ${mark}) & `;
  assertEquals((await start(`${fork} wait`, { deadlineMs: 700 })).ending, "deadline");
  assertEquals((await start(`${fork} yes`, { enough: true })).ending, "killed");
  const forked = await start(`${fork} exit 4`, {});
  assertEquals([forked.ending, forked.status], ["exited", 4]);
  await eventually("nothing is left", async () => await sleepers(mark) === 0);
});

Deno.test("what runs in the sandbox dies with a looop that is killed", async () => {
  await using profile = await tempProfile({ config: bwrap });
  const mark = `61.${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  const script = new URL("./run_and_wait.ts", import.meta.url).pathname;
  const looop = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, profile.paths.dataDir, `setsid sleep ${mark} & sleep ${mark}`],
    env: {
      ...profile.environment as Record<string, string>,
      DENO_DIR: denoDir(),
    },
  }).spawn();
  await eventually("it runs", async () => await sleepers(mark) === 2);
  looop.kill("SIGKILL");
  await looop.status;
  await eventually("nothing is left", async () => await sleepers(mark) === 0);
});

Deno.test("a sensor in the sandbox has what its header names, and a .ts sensor its own permissions", async () => {
  // A header ends a path at a space.
  await using profile = await tempProfile({ config: bwrap, dir: WITHOUT_SPACES });
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const out = join(profile.root, "out");
  await Deno.mkdir(out);
  const look = `n=$( (exec 3<>/dev/tcp/127.0.0.1/${listener.addr.port}) 2>&1 && echo yes || echo no)
echo x 2>/dev/null >"${out}/$(basename "$0")" && w=yes || w=no
echo "{\\"network\\":\\"\${n##*$'\\n'}\\",\\"write\\":\\"$w\\"}"\n`;
  await profile.write("sensors/plain.sh", `#!/bin/bash\n${look}`);
  await profile.write("sensors/open.sh", `#!/bin/bash\n# looop: network=yes write=${out}\n${look}`);
  await profile.write("sensors/lost.sh", `#!/bin/bash\n# looop: write=/no/such\n${look}`);
  await profile.write("sensors/odd.sh", "#!/no/such/interpreter\n");
  await profile.write("sensors/mine.ts", "console.log(JSON.stringify({ pid: Deno.pid > 10 }));\n");
  assertEquals(await resultsOf(profile), {
    plain: { network: "no", write: "no" },
    open: { network: "yes", write: "yes" },
    lost: "it cannot be run: cannot allow writing to /no/such: it does not exist; create it first",
    odd: "it cannot start: its interpreter /no/such/interpreter is not installed",
    mine: { pid: true },
  });
});

Deno.test("run in the sandbox reads files and repositories as policy plans it", async () => {
  await using profile = await tempProfile({
    config: bwrap,
    files: { "reports/a.md": "one\n" },
    // Not among the temporary files, which are hidden.
    dir: checkout,
  });
  const site = join(profile.root, "site");
  await Deno.mkdir(join(site, "lib"), { recursive: true });
  await output("git", ["-C", site, "init", "-q", "-b", "main"]);
  await Deno.writeTextFile(join(site, "lib/a.ts"), "a\n");
  const read = (argv: string[], cwd: string, reads: number[] = []) =>
    runAs(profile, argv, { cwd, reads });
  const cat = await read(["cat", "reports/a.md"], profile.paths.dataDir, [1]);
  assertEquals([cat.exit_code, cat.output_tail], [0, "one"]);
  const status = await read(["git", "status", "-sb"], join(site, "lib"));
  assertEquals([status.exit_code, status.output_tail], [0, "## No commits yet on main\n?? ./"]);
});
