import { assertEquals } from "@std/assert";
import { headerWords, readHeader, textOf } from "../../src/sense/header.ts";

const PLAIN = {
  grace: 1,
  interval: 0,
  timeout: null,
  trusted: true,
  env: [],
  network: false,
  read: [],
  write: [],
  allow: { net: [], read: [], sys: [] },
};

Deno.test("readHeader() gives the defaults where there is no header", () => {
  assertEquals(readHeader("#!/bin/sh\necho '{}'\n", "any"), { ok: true, header: PLAIN });
  assertEquals(readHeader("", "ts"), { ok: true, header: PLAIN });
});

Deno.test("readHeader() adds up several lines, in both kinds of comment", () => {
  const script = "#!/bin/sh\r\n# looop: interval=300 timeout=10 env=A,B\r\n" +
    "  //looop: trust=untrusted  env=B,C_1\r\n";
  assertEquals(readHeader(script, "any"), {
    ok: true,
    header: { ...PLAIN, interval: 300, timeout: 10, trusted: false, env: ["A", "B", "C_1"] },
  });
});

Deno.test("readHeader() reads the permissions of a .ts sensor", () => {
  const script =
    "// looop: allow-net=api.github.com,localhost:80,[::1]:443,*.x.org allow-env=TOKEN\n" +
    "// looop: allow-read=reports,/etc/hosts allow-sys=hostname";
  assertEquals(readHeader(script, "ts"), {
    ok: true,
    header: {
      ...PLAIN,
      env: ["TOKEN"],
      allow: {
        net: ["api.github.com", "localhost:80", "[::1]:443", "*.x.org"],
        read: ["reports", "/etc/hosts"],
        sys: ["hostname"],
      },
    },
  });
});

Deno.test("readHeader() reads what a sensor may do in a sandbox, which no .ts sensor needs", () => {
  assertEquals(
    readHeader(
      "# looop: network=yes read=~/.ssh,/srv/k write=/srv/a,/srv/b\n# looop: write=/srv/b",
      "any",
    ),
    {
      ok: true,
      header: { ...PLAIN, network: true, read: ["~/.ssh", "/srv/k"], write: ["/srv/a", "/srv/b"] },
    },
  );
  assertEquals(readHeader("# looop: network=no", "any"), { ok: true, header: PLAIN });
});

Deno.test("readHeader() reads how many failed runs cost no decision", () => {
  for (const grace of [0, 1, 10]) {
    for (const language of ["any", "ts"] as const) {
      const header = { ...PLAIN, grace };
      assertEquals(readHeader(`# looop: grace=${grace}`, language), { ok: true, header });
    }
  }
});

Deno.test("readHeader() says untrusted where any line does", () => {
  const result = readHeader("# looop: trust=untrusted\n# looop: trust=trusted\n", "any");
  assertEquals(result.ok && result.header.trusted, false);
});

const unknownTs = (key: string) =>
  `unknown key "${key}" of a .ts sensor; allowed are interval, timeout, grace, trust, env, ` +
  "allow-net, allow-read, allow-sys, allow-env";

const ERRORS: [header: string, language: "any" | "ts", error: string][] = [
  [
    "intervall=3",
    "any",
    'unknown key "intervall"; allowed are interval, timeout, grace, trust, env, network, read, write',
  ],
  [
    "foo",
    "ts",
    unknownTs("foo"),
  ],
  ["interval=5m", "any", 'interval="5m" must be seconds, more than 0 and at most 604800'],
  ["interval=0", "any", 'interval="0" must be seconds, more than 0 and at most 604800'],
  ["interval", "any", 'interval="" must be seconds, more than 0 and at most 604800'],
  ["timeout=601", "any", 'timeout="601" must be seconds, more than 0 and at most 600'],
  ["timeout=1e2", "any", 'timeout="1e2" must be seconds, more than 0 and at most 600'],
  ["timeout=1 timeout=2", "any", "timeout is given twice"],
  ["grace=11", "any", 'grace="11" must be a number of runs, at most 10'],
  ["grace=1.5", "any", 'grace="1.5" must be a number of runs, at most 10'],
  ["grace", "ts", 'grace="" must be a number of runs, at most 10'],
  ["grace=0 grace=1", "any", "grace is given twice"],
  ["trust=no", "any", 'trust="no" must be trusted or untrusted'],
  ["env=", "any", 'env="" must list names of environment variables'],
  ["env=A,", "any", 'env="A," must list names of environment variables'],
  ["env=A-B", "any", 'env="A-B" must list names of environment variables'],
  ["env=LD_PRELOAD", "any", 'env="LD_PRELOAD" names a variable that sensors cannot have'],
  ["env=BASH_ENV", "any", 'env="BASH_ENV" names a variable that sensors cannot have'],
  ["allow-env=DENO_DIR", "ts", 'allow-env="DENO_DIR" names a variable that sensors cannot have'],
  ["network=on", "any", 'network="on" must be yes or no'],
  ["network=no network=yes", "any", "network is given twice"],
  ["write=out", "any", 'write="out" must list absolute paths'],
  ["read=.ssh", "any", 'read=".ssh" must list paths that begin with / or ~/'],
  ["read=~me/.ssh", "any", 'read="~me/.ssh" must list paths that begin with / or ~/'],
  ["network=yes", "ts", unknownTs("network")],
  ["read=~/.ssh", "ts", unknownTs("read")],
  ["write=/srv", "ts", unknownTs("write")],
  [
    "allow-net=a.org",
    "any",
    'unknown key "allow-net"; allowed are interval, timeout, grace, trust, env, network, read, write',
  ],
  ["allow-net", "ts", 'allow-net="" must list hosts such as api.github.com or localhost:8080'],
  [
    "allow-net=unix:/run/docker.sock",
    "ts",
    'allow-net="unix:/run/docker.sock" must list hosts such as api.github.com or localhost:8080',
  ],
  [
    "allow-read=~/notes",
    "ts",
    'allow-read="~/notes" must list paths, absolute or relative to the data directory',
  ],
  ["allow-run=git", "ts", unknownTs("allow-run")],
  ["allow-write=x", "ts", unknownTs("allow-write")],
  ["allow-ffi=x", "ts", unknownTs("allow-ffi")],
  ["allow-all", "ts", unknownTs("allow-all")],
  ["allow-import=x.org", "ts", unknownTs("allow-import")],
];

for (const [header, language, error] of ERRORS) {
  Deno.test(`readHeader() refuses ${header} (${language})`, () => {
    assertEquals(readHeader(`// looop: ${header}\n`, language), {
      ok: false,
      error: `its header is invalid: ${error}`,
    });
  });
}

Deno.test("readHeader() refuses a header line that a reader could take for another one", () => {
  const error = (script: string) => {
    const read = readHeader(script, "any");
    return read.ok ? null : read.error.replace("its header is invalid: ", "");
  };
  const past = "#!/bin/sh\n" + "# a long comment\n".repeat(19);
  const cases: [script: string, error: string | null][] = [
    ["#!/bin/sh\n# looop: trust=untrusted\rinterval=5\n", "line 2 has the character U+D"],
    ["#!/bin/sh\n# looop: trust=untrusted\u2028env=A\n", "line 2 has the character U+2028"],
    ["#!/bin/sh\n# x\u2029# looop: env=A\n", "line 2 has the character U+2029"],
    ["#!/bin/sh\n# x\v# looop: env=A\n", "line 2 has the character U+B"],
    ["#!/bin/sh\n# x\r# looop: env=A\n", "line 2 has the character U+D"],
    ["#!/bin/sh\n# looop: trust=untrusted\u00a0env=A\n", "line 2 has the character U+A0"],
    ["#!/bin/sh\n# looop: env=A\u202etrust=untrusted\n", "line 2 has the character U+202E"],
    ["#!/bin/sh\n# looop: env=A\ud800\n", "line 2 has the character U+D800"],
    ["#!/bin/sh\n# looop: env=A\0\n", "line 2 has the character U+0"],
    ["#!/bin/sh\n# x\x1c# looop: env=A\n", "line 2 has the character U+1C"],
    ["#!/bin/sh\n# lo\u200boop: trust=untrusted\n", "line 2 has the character U+200B"],
    ["#!/bin/sh\n# looop\u00ad: trust=untrusted\n", "line 2 has the character U+AD"],
    ["#!/bin/sh\n# looop\ufeff: trust=untrusted\n", "line 2 has the character U+FEFF"],
    ["#!/bin/sh\n# l\u043eoop: trust=untrusted\n", "line 2 must be written as `# looop: …`"],
    ["#!/bin/sh\n# looo\u0440: trust=untrusted\n", "line 2 must be written as `# looop: …`"],
    ["#!/bin/sh\n# looop\uff1a trust=untrusted\n", "line 2 must be written as `# looop: …`"],
    ["#!/bin/sh\n# \uff4cooop: trust=untrusted\n", "line 2 must be written as `# looop: …`"],
    ["#!/bin/sh\n# looop\u0307: trust=untrusted\n", "line 2 must be written as `# looop: …`"],
    ["#!/bin/sh\n# Ιooop: trust=untrusted\n", "line 2 must be written as `# looop: …`"],
    ["#!/bin/sh\n# 1o0op: trust=untrusted\n", "line 2 must be written as `# looop: …`"],
    ["#!/bin/sh\n# ein Gr\u00fc\u00dfle für loop: kein Kopf\n", null],
    ["#!/bin/sh\n# Looop: env=A\n", "line 2 must be written as `# looop: …`"],
    ["#!/bin/sh\n## looop: env=A\n", "line 2 must be written as `# looop: …`"],
    ["#!/bin/sh\n-- looop : env=A\n", "line 2 must be written as `# looop: …`"],
    ["#!/bin/sh\n/* looop: env=A */\n", "line 2 must be written as `# looop: …`"],
    [`${past}# looop: trust=untrusted\n`, "line 21 is behind the first 20 lines"],
    ["#!/bin/sh\n# looop: interval=5 \t grace=0\r\necho 'a: looop: b'\n", null],
  ];
  for (const [script, expected] of cases) {
    const found = error(script)?.replace(/U\+0+(?=.)/, "U+") ?? null;
    assertEquals(found, expected, JSON.stringify(script));
  }
});

Deno.test("readHeader() reads a header however long the lines before it are", () => {
  const script = "#!/bin/sh\n" + `# ${"x".repeat(3000)}\n`.repeat(18) +
    "# looop: trust=untrusted\n";
  const read = readHeader(script, "any");
  assertEquals(read.ok && read.header.trusted, false);
});

Deno.test("headerWords() reads any text in a time that grows with its length", () => {
  const noise = ["#", "#/", "# ", "l", "looop ", "# loo", "\u0301", "|"];
  for (const piece of noise) {
    const script = (length: number) =>
      `#!/bin/sh\n${piece.repeat(length / piece.length)}\n# looop: interval=5\n`;
    assertEquals(headerWords(script(1_000_000)), ["interval=5"], piece);
  }
});

Deno.test("textOf() finds no header in a program that is not a script", () => {
  const elf = new TextEncoder().encode("\x7fELF\x02\0\n# looop: env=A\n");
  assertEquals(textOf(elf, "any"), "");
  assertEquals(textOf(new TextEncoder().encode("#!/bin/sh\0\n"), "any"), "#!/bin/sh\0\n");
});
