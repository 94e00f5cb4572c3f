import { assertEquals } from "@std/assert";
import { seccompFilter } from "../../src/os/sandbox.ts";

type Arch = typeof Deno.build.arch;

const AUDIT = { x86_64: 0xc000003e, aarch64: 0xc00000b7 };

/** System calls by name, as in the kernel's tables. */
const CALLS: Record<Arch, Record<string, number>> = {
  x86_64: {
    ...{ read: 0, connect: 42, sendto: 44, execve: 59, ptrace: 101, mount: 165 },
    ...{ socket: 41, socketpair: 53, clone: 56, unshare: 272, clone3: 435, setns: 308 },
    ...{ add_key: 248, request_key: 249, keyctl: 250, io_uring_setup: 425, io_uring_enter: 426 },
    ...{ io_uring_register: 427, bpf: 321, perf_event_open: 298, userfaultfd: 323 },
    open_by_handle_at: 304,
  },
  aarch64: {
    ...{ read: 63, connect: 203, sendto: 206, execve: 221, ptrace: 117, mount: 40 },
    ...{ socket: 198, socketpair: 199, clone: 220, unshare: 97, clone3: 435, setns: 268 },
    ...{ add_key: 217, request_key: 218, keyctl: 219, io_uring_setup: 425, io_uring_enter: 426 },
    ...{ io_uring_register: 427, bpf: 280, perf_event_open: 241, userfaultfd: 282 },
    open_by_handle_at: 265,
  },
};

const VERDICTS: Record<number, string> = {
  0x7fff0000: "allow",
  0x80000000: "kill",
  0x00050001: "EPERM",
  0x00050026: "ENOSYS",
  0x00050061: "EAFNOSUPPORT",
};

/** Runs a filter as the kernel does, on one system call. */
function judge(filter: Uint8Array, arch: number, call: number, args: number[]): string {
  const program = new DataView(filter.buffer);
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, call, true);
  data.setUint32(4, arch, true);
  args.forEach((value, i) => data.setBigUint64(16 + 8 * i, BigInt(value), true));
  let value = 0;
  for (let at = 0; at < filter.length; at += 8) {
    const code = program.getUint16(at, true);
    const k = program.getUint32(at + 4, true);
    const jump = (holds: boolean) => at += 8 * program.getUint8(at + (holds ? 2 : 3));
    if (code === 0x20) value = data.getUint32(k, true);
    else if (code === 0x54) value = (value & k) >>> 0;
    else if (code === 0x15) jump(value === k);
    else if (code === 0x35) jump(value >= k);
    else if (code === 0x45) jump((value & k) !== 0);
    else if (code === 0x06) return VERDICTS[k] ?? `0x${k.toString(16)}`;
    else throw new Error(`unknown operation 0x${code.toString(16)}`);
  }
  throw new Error("it does not end");
}

const NEWUSER = 0x10000000;
const CLOEXEC = 0x80000;

/** A call, its arguments, and the verdict without the network and with it. */
const ROWS: [call: string, args: number[], without: string, withNetwork: string][] = [
  ...["read", "connect", "sendto", "execve", "ptrace", "mount"].map((
    name,
  ): typeof ROWS[number] => [name, [1, 2, 3], "allow", "allow"]),
  ...["add_key", "request_key", "keyctl", "setns", "bpf", "perf_event_open", "userfaultfd"].map((
    name,
  ): typeof ROWS[number] => [name, [0, 0, 0], "EPERM", "EPERM"]),
  ...["io_uring_setup", "io_uring_enter", "io_uring_register", "open_by_handle_at"].map((
    name,
  ): typeof ROWS[number] => [name, [0, 0, 0], "EPERM", "EPERM"]),
  ["clone3", [0, 88], "ENOSYS", "ENOSYS"],
  ["clone", [0x01200011], "allow", "allow"],
  ["clone", [NEWUSER | 17], "EPERM", "EPERM"],
  ["unshare", [0x20000], "allow", "allow"],
  ["unshare", [NEWUSER | 0x20000], "EPERM", "EPERM"],
  ...[1, 2, 3, 5].map((type): typeof ROWS[number] => [
    ...["socket", [1, type, 0], "EAFNOSUPPORT", "allow"] as typeof ROWS[number],
  ]),
  ["socket", [1, 1 | CLOEXEC, 0], "EAFNOSUPPORT", "allow"],
  // The kernel reads 32 bits of the family.
  ["socket", [2 ** 32 + 1, 1, 0], "EAFNOSUPPORT", "allow"],
  ["socket", [2, 1 | CLOEXEC, 6], "allow", "allow"],
  ["socket", [10, 2, 0], "allow", "allow"],
  ["socket", [16, 3 | CLOEXEC, 0], "allow", "allow"],
  ["socket", [16, 3, 15], "EAFNOSUPPORT", "EAFNOSUPPORT"],
  // AF_PACKET, AF_BLUETOOTH, AF_ALG, AF_VSOCK, AF_QIPCRTR, AF_XDP, and one of a later kernel
  ...[17, 31, 38, 40, 42, 44, 60].map((family): typeof ROWS[number] => [
    ...["socket", [family, 1, 0], "EAFNOSUPPORT", "EAFNOSUPPORT"] as typeof ROWS[number],
  ]),
  ["socketpair", [1, 1 | CLOEXEC, 0], "allow", "allow"],
  ["socketpair", [1, 5, 0], "allow", "allow"],
  ["socketpair", [1, 2, 0], "EAFNOSUPPORT", "allow"],
  ["socketpair", [1, 2 | CLOEXEC, 0], "EAFNOSUPPORT", "allow"],
  ["socketpair", [1, 3, 0], "EAFNOSUPPORT", "allow"],
];

for (const arch of ["x86_64", "aarch64"] as const) {
  Deno.test(`seccompFilter judges system calls of ${arch}, with and without the network`, () => {
    for (const network of [false, true]) {
      const filter = seccompFilter({ network }, arch);
      for (const [name, args, without, withNetwork] of ROWS) {
        assertEquals(
          judge(filter, AUDIT[arch], CALLS[arch][name], args),
          network ? withNetwork : without,
          `${name} ${args} ${network}`,
        );
      }
    }
  });
}

Deno.test("seccompFilter kills programs of another instruction set, and refuses the x32 numbers of x86_64", () => {
  const filter = seccompFilter({ network: true }, "x86_64");
  // i386, ARM and the other of the two
  for (const arch of [0x40000003, 0x40000028, AUDIT.aarch64]) {
    assertEquals(judge(filter, arch, 0, []), "kill");
  }
  assertEquals(judge(filter, AUDIT.x86_64, 0x40000000 + 41, [1, 1, 0]), "ENOSYS");
  assertEquals(judge(seccompFilter({ network: true }, "aarch64"), AUDIT.x86_64, 0, []), "kill");
});
