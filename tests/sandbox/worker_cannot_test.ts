import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import type { WorkerSummary } from "../../src/schema/status.ts";
import type { TempProfile } from "../support/temp_profile.ts";
import { attempting, type Tried, triedOf } from "./attempts.ts";
import { person, sandboxProfile, startPulse } from "./sandbox_profile.ts";

/** Connects to the socket that it is given the path of. */
const CONNECT = `IO::Socket::UNIX->new(Peer => shift) or do { print "$!\\n"; exit 1 }`;

/** Calls looop as if from no worker. */
const UNNAMED = "env -u LOOOP_SESSION_ID -u LOOOP_GENERATION -u LOOOP_INBOX";

/** With a `ps` that shows no ancestors, too: what is left then of looop's own refusal is nothing. */
const DISGUISED =
  `echo "#!/bin/sh" >"$TMPDIR/ps"; chmod +x "$TMPDIR/ps"; PATH="$TMPDIR:$PATH" ${UNNAMED}`;

/** What a worker may try, in this order, and what it is told where the sandbox keeps it from that. */
const ATTEMPTS: Record<string, [command: string, refusal: RegExp]> = {
  edit_ask: [
    `sed -i s/May/Must/ "$LOOOP_DATA_DIR/asks/$ask.json"`,
    /^sed: couldn't open temporary file .*\/asks\/sed\w+: Read-only file system\n$/,
  ],
  answer: [
    `"$LOOOP_BIN" answer "$ask" yes`,
    /^looop: cannot use looop answer in the sandbox of worker mole; a worker can use .*\n$/,
  ],
  answer_disguised: [
    `${DISGUISED} "$LOOOP_BIN" answer "$ask" yes`,
    /^looop: cannot lock .*\/\.looop\/asks\.lock: Read-only file system/,
  ],
  edit_sensor: [
    `echo '#!/bin/sh' >>"$LOOOP_DATA_DIR/sensors/clock.sh"`,
    /sensors\/clock\.sh: Read-only file system\n$/,
  ],
  write_sensor: [
    `echo '#!/bin/sh' >"$LOOOP_DATA_DIR/sensors/mine.sh"`,
    /sensors\/mine\.sh: Read-only file system\n$/,
  ],
  edit_playbook: [
    `echo x >>"$LOOOP_DATA_DIR/PLAYBOOK.md"`,
    /PLAYBOOK\.md: Read-only file system\n$/,
  ],
  edit_git: [
    `git -C "$LOOOP_DATA_DIR" config looop.was here`,
    /^error: could not lock config file \.git\/config: Read-only file system\n$/,
  ],
  edit_home: [`echo x >>"$HOME/.bashrc"`, /\.bashrc: Read-only file system\n$/],
  secret: [
    `cat "$LOOOP_DATA_DIR/.looop/secret"`,
    /\.looop\/secret: No such file or directory\n$/,
  ],
  hold_lock: [
    `flock -w 5 "$LOOOP_DATA_DIR/.looop/asks.lock" true`,
    /asks\.lock: Read-only file system\n$/,
  ],
  edit_shim: [`echo : >>"$LOOOP_BIN"`, /bin\/looop: Read-only file system\n$/],
  other_worker: [
    `ls "$LOOOP_DATA_DIR/workers/victim"`,
    /^ls: cannot access '.*\/workers\/victim': No such file or directory\n$/,
  ],
  kill_other: [
    `"$LOOOP_BIN" kill victim`,
    /^looop: there is no worker victim: looop ls lists them\n$/,
  ],
  tmux: [
    `tmux -S "$socket" list-sessions`,
    /^error connecting to .*looop-\d+\/[0-9a-f]{8} \(Address family not supported by protocol\)\n$/,
  ],
  tmux_session: [
    `tmux -S "$socket" new-session -d -s twin && tmux -S "$socket" has-session -t =twin`,
    /^error connecting to .*looop-\d+\/[0-9a-f]{8} \(Address family not supported by protocol\)\n/,
  ],
  sibling: [
    `"$LOOOP_BIN" start-session twin true`,
    /^looop: cannot use looop start-session in the sandbox of worker mole; a worker can use /,
  ],
  sibling_unnamed: [
    `${UNNAMED} "$LOOOP_BIN" start-session triplet true`,
    /^looop: cannot lock .*\/\.looop\/workers\.lock: Read-only file system/,
  ],
  network: [`exec 3<>"/dev/tcp/127.0.0.1/$port"`, /^bash: connect: Connection refused\n/],
  unix_socket: [
    `perl -MIO::Socket::UNIX -e '${CONNECT}' "$agent"`,
    /^Address family not supported by protocol\n$/,
  ],
  replace_config: [
    `echo '{}' >"$TMPDIR/c" && mv -f "$TMPDIR/c" "$LOOOP_CONFIG"`,
    /^mv: .*Read-only file system\n$/,
  ],
  edit_config: [`echo '{}' >"$LOOOP_CONFIG"`, /looop\.json: Read-only file system\n$/],
  edit_record: [
    `echo '{}' >"$LOOOP_DATA_DIR/workers/mole/verification.json"`,
    /verification\.json: Read-only file system\n$/,
  ],
};

/** What would harm the machine or the test where nothing keeps a worker from it. */
const SANDBOX_ONLY: typeof ATTEMPTS = {
  remount: ["mount -o remount,rw /", /^mount: \/: (permission denied|must be superuser)/],
  signal_pulse: [`kill -9 "$pulse"`, /No such process\n$/],
};

/** Has a worker try it all, beside another worker and a pulse; gives what each attempt came to. */
async function attemptAll(
  profile: TempProfile,
  attempts: typeof ATTEMPTS,
): Promise<Record<string, Tried>> {
  await using _ = await startPulse(profile);
  const started = await person(profile, "start-session", "victim", "read -r _");
  assertEquals(started.stderr, "");
  const { socket } = JSON.parse(await profile.read(".looop/tmux.json"));
  const pulse = (await profile.read(".looop/pulse.lock")).trim();
  // Somewhere in the home, as an ssh-agent or a gpg-agent may have it.
  const agent = join(profile.root, "home", "agent");
  using _agent = Deno.listen({ transport: "unix", path: agent });
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const commands = Object.fromEntries(
    Object.entries(attempts).map(([name, [command]]) => [name, command]),
  );
  const known = Object.entries({ socket, pulse, agent, port })
    .map(([name, value]) => `export ${name}='${value}'; `).join("");
  const mole = await person(profile, "start-session", "mole", known + attempting(commands));
  assertEquals(mole.stderr, "");
  return await triedOf(profile, commands);
}

function profileFor(sandbox: "bwrap" | "none"): Promise<TempProfile> {
  return sandboxProfile(sandbox, {
    files: { "sensors/clock.sh": "#!/bin/sh\necho '{}'\n", ".looop/secret": "s3cret\n" },
  });
}

Deno.test("a worker in the sandbox fails at answering, editing what steers the loop, siblings, tmux and network", async () => {
  await using profile = await profileFor("bwrap");
  const config = await Deno.readTextFile(profile.configPath);
  const attempts = { ...ATTEMPTS, ...SANDBOX_ONLY };
  const tried = await attemptAll(profile, attempts);
  for (const [name, [command, refusal]] of Object.entries(attempts)) {
    assertMatch(tried[name].said, refusal, `${name}: ${command}`);
    assert(tried[name].status !== 0, `${name}: ${command}`);
  }
  assertEquals(await profile.read("reports/answer"), "");
  assertEquals(await Deno.readTextFile(profile.configPath), config);
  assertEquals([...Deno.readDirSync(profile.paths.sensors)].map(({ name }) => name), ["clock.sh"]);
  const ls = JSON.parse((await person(profile, "ls", "--json")).stdout);
  assertEquals(ls.map(({ id, state }: WorkerSummary) => [id, state]), [
    ["mole", "waiting"],
    ["victim", "running"],
  ]);
});

Deno.test("a worker without a sandbox succeeds at all of that, but for answering by mistake or habit", async () => {
  await using profile = await profileFor("none");
  const tried = await attemptAll(profile, ATTEMPTS);
  const failed = Object.keys(ATTEMPTS).filter((name) => tried[name].status !== 0);
  assertEquals(failed, ["answer"]);
  assertMatch(tried.answer.said, /^looop: cannot answer w\w+ from inside worker mole: /);
  assertEquals(await profile.read("reports/answer"), "yes\n");
  assertEquals(tried.secret.said, "s3cret\n");
  assertEquals(await Deno.readTextFile(profile.configPath), "{}\n");
});
