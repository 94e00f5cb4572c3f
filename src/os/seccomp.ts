/** The system calls that the filter judges, by number; `x32`: the first number of another ABI of the same machine. */
interface Machine {
  /** The kernel's AUDIT_ARCH constant. */
  audit: number;
  x32: number | null;
  socket: number;
  socketpair: number;
  clone: number;
  unshare: number;
  keyctl: number;
  refused: number[];
}

/** Calls with the same number on all machines since Linux 5.1: io_uring makes sockets without a system call. */
const IO_URING = [425, 426, 427];
/** It takes its flags in memory, which a filter cannot read; the C library then calls clone. */
const CLONE3 = 435;

/** Their numbers are those of the kernel's `unistd_64.h` and `asm-generic/unistd.h`. */
const MACHINES: Record<typeof Deno.build.arch, Machine> = {
  x86_64: {
    ...{ audit: 0xc000003e, x32: 0x40000000, socket: 41, socketpair: 53, clone: 56, unshare: 272 },
    keyctl: 250,
    // add_key, request_key, perf_event_open, open_by_handle_at, setns, bpf, userfaultfd
    refused: [248, 249, 298, 304, 308, 321, 323, ...IO_URING],
  },
  aarch64: {
    ...{ audit: 0xc00000b7, x32: null, socket: 198, socketpair: 199, clone: 220, unshare: 97 },
    keyctl: 219,
    refused: [217, 218, 241, 265, 268, 280, 282, ...IO_URING],
  },
};

/** The numbers of some system calls here, to try whether they are refused. */
export const CALLS: Pick<Machine, "keyctl" | "socket" | "unshare"> = MACHINES[Deno.build.arch];

const AF = { unix: 1, inet: 2, inet6: 10, netlink: 16 };
const SOCK = { stream: 1, seqpacket: 5 };
const CLONE_NEWUSER = 0x10000000;
const ERRNO = { EPERM: 1, ENOSYS: 38, EAFNOSUPPORT: 97 };

/** One instruction of classic BPF: operation, jumps if true and if false, operand. */
type Instruction = [code: number, jt: number, jf: number, k: number];

/** Offsets in the kernel's `struct seccomp_data`; of an argument, its lower half. */
const NUMBER = 0;
const ARCH = 4;
const argument = (index: number) => 16 + 8 * index;

const load = (offset: number): Instruction => [0x20, 0, 0, offset];
const and = (bits: number): Instruction => [0x54, 0, 0, bits];
const give = (value: number): Instruction => [0x06, 0, 0, value];
const ALLOW = give(0x7fff0000);
const KILL = give(0x80000000);
const fail = (errno: number) => give(0x00050000 | errno);

/** Does this if what was loaded is equal to, is at least, or has one of the bits of a value. */
const ifEqual = (k: number, ...then: Instruction[]) => [jump(0x15, k, then), ...then];
const ifAtLeast = (k: number, ...then: Instruction[]) => [jump(0x35, k, then), ...then];
const ifAnyBit = (k: number, ...then: Instruction[]) => [jump(0x45, k, then), ...then];
const jump = (code: number, k: number, { length }: Instruction[]): Instruction => [
  ...[code, 0, length, k] as Instruction,
];

/**
 * Assembles the seccomp filter of a sandbox, in the format that bubblewrap's `--seccomp` reads.
 *
 * It refuses kernel keyrings, io_uring, eBPF and further user namespaces, and all kinds of sockets but IP and routing
 * tables. A socket's name need not be known for that. Without the network, sockets of this machine (AF_UNIX) are refused
 * too, except for connected pairs, which have no name; datagram pairs could send to any name. Programs of another
 * instruction set, such as 32-bit ones, are killed: their calls have other numbers.
 */
export function seccompFilter(
  { network }: { network: boolean },
  arch: typeof Deno.build.arch = Deno.build.arch,
): Uint8Array {
  const { audit, x32, socket, socketpair, clone, unshare, keyctl, refused } = MACHINES[arch];
  const noUserNamespace = [
    load(argument(0)),
    ...ifAnyBit(CLONE_NEWUSER, fail(ERRNO.EPERM)),
    ALLOW,
  ];
  const noSocket = fail(ERRNO.EAFNOSUPPORT);
  const families = [AF.inet, AF.inet6, ...(network ? [AF.unix] : [])];
  const program = [
    load(ARCH),
    [0x15, 1, 0, audit] as Instruction,
    KILL,
    load(NUMBER),
    ...(x32 === null ? [] : ifAtLeast(x32, fail(ERRNO.ENOSYS))),
    ...[keyctl, ...refused].flatMap((call) => ifEqual(call, fail(ERRNO.EPERM))),
    ...ifEqual(CLONE3, fail(ERRNO.ENOSYS)),
    ...ifEqual(clone, ...noUserNamespace),
    ...ifEqual(unshare, ...noUserNamespace),
    ...ifEqual(
      socket,
      load(argument(0)),
      ...families.flatMap((family) => ifEqual(family, ALLOW)),
      // Protocol 0, NETLINK_ROUTE: programs list their interfaces with it.
      ...ifEqual(AF.netlink, load(argument(2)), ...ifEqual(0, ALLOW)),
      noSocket,
    ),
    ...(network ? [] : ifEqual(
      socketpair,
      load(argument(1)),
      and(0xf),
      ...ifEqual(SOCK.stream, ALLOW),
      ...ifEqual(SOCK.seqpacket, ALLOW),
      noSocket,
    )),
    ALLOW,
  ];
  const bytes = new DataView(new ArrayBuffer(8 * program.length));
  program.forEach(([code, jt, jf, k], i) => {
    bytes.setUint16(8 * i, code, true);
    bytes.setUint8(8 * i + 2, jt);
    bytes.setUint8(8 * i + 3, jf);
    bytes.setUint32(8 * i + 4, k, true);
  });
  return new Uint8Array(bytes.buffer);
}
