import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { runAs } from "../support/run_as.ts";
import { sandboxed } from "../../src/profile/sandbox.ts";
import { NO_ACCESS } from "../../src/schema/config.ts";
import { output } from "../support/worker_profile.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { isPresent } from "./sandbox_profile.ts";

const config = { sandbox: "bwrap" as const };
const NETWORK = { ...NO_ACCESS, network: true };

/** Numbers of system calls here: keyctl, add_key, request_key, io_uring_setup, unshare. */
const CALLS = Deno.build.arch === "x86_64"
  ? { keyctl: 250, add_key: 248, request_key: 249, io_uring_setup: 425, unshare: 272 }
  : { keyctl: 219, add_key: 217, request_key: 218, io_uring_setup: 425, unshare: 97 };

/** Listens where a program of the user might, until it is ended: prints `ready`, and later each message it gets. */
const SERVER = String.raw`
use strict; use Socket; use IO::Select; $| = 1;
chdir shift; my $select = IO::Select->new;
sub serve { my ($name, $type) = @_; socket(my $s, AF_UNIX, $type, 0) or die; bind($s, pack_sockaddr_un($name)) or die "$name: $!";
  listen($s, 5) if $type == SOCK_STREAM; $select->add($s) }
serve("$ENV{HOME}/plain", SOCK_STREAM); serve("$ENV{HOME}/bound", SOCK_STREAM); link "bound", "linked"; unlink "bound";
serve("relative", SOCK_STREAM); serve("\0abstract-$ENV{HOME}", SOCK_STREAM); serve("$ENV{HOME}/datagrams", SOCK_DGRAM);
print "ready\n";
<STDIN>; serve("$ENV{HOME}/later", SOCK_STREAM); serve("later-datagrams", SOCK_DGRAM); print "later\n";
while (1) { for my $s ($select->can_read) {
  if (unpack("I", getsockopt($s, SOL_SOCKET, SO_TYPE)) == SOCK_STREAM) { accept(my $c, $s); print "accepted\n" }
  else { recv($s, my $text, 99, 0); print "received $text\n" } } }
`;

/** Connects to each of these sockets, and sends to datagram sockets from one of a pair, which needs no new socket. */
const CLIENT = String.raw`
use Socket; my $home = $ENV{HOME};
for my $name ("$home/plain", "$home/linked", "relative", "\0abstract-$home", "$home/later") {
  my $ok = socket(my $s, AF_UNIX, SOCK_STREAM, 0) && connect($s, pack_sockaddr_un($name));
  print $ok ? "connected $name\n" : "no: $!\n" }
for my $name ("$home/datagrams", "later-datagrams") {
  my $ok = socketpair(my $a, my $b, AF_UNIX, SOCK_DGRAM, 0) && send($a, "secret", 0, pack_sockaddr_un($name));
  print $ok ? "sent $name\n" : "no: $!\n" }
`;

Deno.test("run in the sandbox without the network reaches no socket: linked, relative, abstract, datagram, made later", async () => {
  await using profile = await tempProfile({ config });
  const home = profile.env("HOME")!;
  await using server = new Deno.Command("perl", {
    args: ["-e", SERVER, home],
    env: { HOME: home },
    ...{ stdin: "piped", stdout: "piped", stderr: "inherit" },
  }).spawn();
  const lines = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals((await lines.read()).value, "ready\n");
  const argv = ["bash", "-c", `cd "$HOME"; read -r _ <later-is-up; perl -e '${CLIENT}'`];
  const [program, ...args] = await sandboxed(profile, NO_ACCESS, argv);
  // So that the sandbox is there before the later sockets are.
  await output("mkfifo", [join(home, "later-is-up")]);
  const inside = new Deno.Command(program, { args, env: { HOME: home }, stdout: "piped" }).spawn();
  const go = await Deno.open(join(home, "later-is-up"), { write: true });
  const stdin = server.stdin.getWriter();
  await stdin.write(new TextEncoder().encode("\n"));
  assertEquals((await lines.read()).value, "later\n");
  await go.write(new TextEncoder().encode("\n"));
  go.close();
  const { stdout } = await inside.output();
  const no = "no: Address family not supported by protocol\n";
  assertEquals(new TextDecoder().decode(stdout), no.repeat(7));
  await stdin.close();
  await lines.cancel();
  server.kill("SIGKILL");
});

Deno.test("run in the sandbox keeps sockets that reach nothing outside: pairs, and its own loopback", async () => {
  await using profile = await tempProfile({ config });
  const script = String
    .raw`use Socket; socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0) or die "pair: $!";
    socket(my $l, AF_INET, SOCK_STREAM, 0) or die "$!"; bind($l, pack_sockaddr_in(0, INADDR_LOOPBACK)) or die "bind: $!";
    listen($l, 1); socket(my $c, AF_INET, SOCK_STREAM, 0); connect($c, getsockname($l)) or die "connect: $!";
    socket(my $n, 16, SOCK_RAW, 0) or die "routes: $!"; print "ok"`;
  const { output_tail } = await runAs(profile, ["perl", "-e", script]);
  assertEquals(output_tail, "ok");
});

for (const access of [NO_ACCESS, NETWORK]) {
  const kind = access.network ? "with" : "without";
  Deno.test(`run in the sandbox ${kind} the network has no keyring, io_uring and user namespace`, async () => {
    await using profile = await tempProfile({ config });
    // looop's session keyring has a key, which its children can read.
    const script = String
      .raw`my ($keyctl, $add, $request, $uring, $unshare) = map { $_ + 0 } @ARGV; my $x = "\0" x 256;
      my ($type, $key) = ("user", "looop:test");
      printf "%s %s\n", syscall($request, $type, $key, 0, 0), $!+0;
      printf "%s %s\n", syscall($keyctl, 0, -3, 0), $!+0; printf "%s %s\n", syscall($keyctl, 1, 0), $!+0;
      printf "%s %s\n", syscall($add, $type, $key, $x, 1, -4), $!+0;
      printf "%s %s\n", syscall($uring, 1, $x), $!+0; printf "%s %s\n", syscall($unshare, 0x10000000), $!+0;
      print grep { /looop:test/ } do { open(my $f, "/proc/keys"); $f ? <$f> : () }`;
    const argv = ["perl", "-e", script, ...Object.values(CALLS).map(String)];
    const [program, ...args] = await sandboxed(profile, access, argv);
    const add = String
      .raw`my ($keyctl, $add) = map { $_ + 0 } splice(@ARGV, 0, 2); syscall($keyctl, 1, 0);
      my ($type, $key, $x) = ("user", "looop:test", "s"); syscall($add, $type, $key, $x, 1, -3) > 0 or die "no key: $!"; exec @ARGV`;
    const said = await output("perl", [
      ...["-e", add, `${CALLS.keyctl}`, `${CALLS.add_key}`, program, ...args],
    ]);
    assertEquals(said.trim().split("\n"), Array(6).fill("-1 1"));
  });

  Deno.test(`run in the sandbox ${kind} the network is not root, and writes nothing in /proc, /sys and /dev`, async () => {
    await using profile = await tempProfile({ config });
    const files = ["core_pattern", "panic", "hostname"].map((name) => `/proc/sys/kernel/${name}`);
    files.push("/proc/self/oom_score_adj", "/proc/self/uid_map", "/proc/sysrq-trigger");
    files.push("/proc/self/mem", "/sys/kernel/uevent_seqnum", "/dev/new");
    const { output_tail = "" } = await runAs(
      profile,
      `id -u; id -un; for f in ${
        files.join(" ")
      }; do (: >>$f) 2>/dev/null && echo "opened $f"; done; ` +
        `find /proc /sys -writable ! -type l ! -path '/proc/*/fd/*' 2>/dev/null; touch /proc/1/x 2>&1; ls -A /proc/1`,
      { access: { ...access, write: ["/"] } },
    );
    const [uid, name, ...rest] = output_tail.split("\n");
    if (Deno.uid() === 0) assertEquals([uid, name], ["65533", "looop"]);
    assertEquals(uid === "0", false);
    // A private directory.
    assertEquals(rest.slice(0, 1), ["opened /dev/new"]);
    assertEquals(rest.slice(1), ["touch: cannot touch '/proc/1/x': Read-only file system"]);
  });
}

Deno.test("run in the sandbox has no file, directory or socket that looop was started with", async () => {
  await using profile = await tempProfile({ config });
  const [program, ...args] = await sandboxed(profile, NO_ACCESS, [
    ...["bash", "-c", "ls -l /proc/self/fd"],
  ]);
  const quoted = [program, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const said = await output("bash", [
    "-c",
    `exec 7</ 8<>'${join(profile.root, "open")}' 20>&1; ${quoted}`,
  ]);
  assertMatch(said, / 2 -> /);
  assertEquals(said.split("\n").filter((line) => / (7|8|20|1\d) -> /.test(line)), []);
});

Deno.test("where no user namespace can be made nothing is run, and the reason is told", async () => {
  await using profile = await tempProfile({ config });
  const touch = ["touch", join(profile.paths.reports, "ran")];
  const access = { ...NO_ACCESS, write: [profile.paths.reports] };
  // Inside there can be no further user namespace, so the sandbox in the sandbox is refused.
  const inner = await sandboxed(profile, access, touch);
  const { exit_code, summary } = await runAs(profile, inner, { access });
  assertEquals(exit_code, 1);
  assertMatch(summary, /^the sandbox could not be made: bwrap: .*this machine gives no user name/);
  assertEquals(await isPresent(touch[1]), false);
});
