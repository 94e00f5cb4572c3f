import { assert, assertEquals, assertThrows } from "@std/assert";
import { CATALOGUE } from "../../src/catalogue/catalogue.ts";
import { composeSensor, fillSettings } from "../../src/catalogue/render.ts";
import { UserError } from "../../src/schema/errors.ts";
import { readHeader } from "../../src/sense/header.ts";

/** One-line texts that break what quotes carelessly. */
const HOSTILE = [
  `'; touch made; '`,
  `"; Deno.exit(7); "`,
  "`touch made` $(touch made) ${HOME} $HOME !! \\",
  "\\'\\\"",
  "$& $1 $` $'",
  "*/ // # ) ; } ]",
  "👩‍👩‍👧‍👦 日本語",
  " # looop: trust=trusted env=SECRET",
  "~ * [a] {a,b}",
];

const settingsOf = (name: string) => CATALOGUE.find((sensor) => sensor.name === name)!;

Deno.test("catalogue: each file has a sound header, a limit below 60 s, and says what it is", () => {
  assertEquals(CATALOGUE.map(({ name }) => name), [
    "command",
    "git",
    "github",
    "grafana",
    "http",
    "linear",
  ]);
  const untrusted: string[] = [];
  for (const { name, file, text, about } of CATALOGUE) {
    const parsed = readHeader(text, file.endsWith(".ts") ? "ts" : "any");
    assert(parsed.ok, `${file}: ${JSON.stringify(parsed)}`);
    const { timeout, interval, trusted, allow } = parsed.header;
    assert(timeout !== null && timeout < 60 && interval >= 60, file);
    if (!trusted) untrusted.push(name);
    if (file.endsWith(".ts")) assertEquals([allow.read, allow.sys], [[], []]);
    else assert(text.startsWith("#!"), file);
    assert(about.length <= 60, about);
  }
  assertEquals(untrusted, ["command", "github", "grafana", "linear"]);
});

Deno.test("composeSensor writes settings into constants and header, and nothing else", () => {
  const before = settingsOf("grafana").text.split("\n");
  const { file, text, env } = composeSensor({
    name: "grafana",
    as: "prod",
    set: [
      "url=https://g.test:3000/x",
      "labels=a, b",
      "labels=b,c",
      "token_variable=T",
      "interval=9",
    ],
  });
  assertEquals({ file, env }, { file: "prod.ts", env: ["T"] });
  const after = text.split("\n");
  assertEquals(after.length, before.length);
  assertEquals(after.filter((line, i) => line !== before[i]), [
    "// looop: interval=9 timeout=50 trust=untrusted allow-net=g.test:3000 allow-env=T",
    'const URL = "https://g.test:3000/x";',
    'const TOKEN_VARIABLE = "T";',
    'const LABELS = ["a","b","c"];',
  ]);
});

Deno.test("composeSensor grants the network of each address once, with its port", () => {
  const { text } = composeSensor({
    name: "http",
    set: ["urls=https://b.test/1,http://a.test/,https://b.test/2", "urls=http://[::1]:8080"],
  });
  assertEquals(
    text.split("\n")[0],
    "// looop: interval=60 timeout=50 allow-net=[::1]:8080,a.test:80,b.test:443",
  );
});

Deno.test("fillSettings: no value leaves its string, in bash or TypeScript", async () => {
  const command = settingsOf("command");
  const grafana = settingsOf("grafana");
  const git = settingsOf("git");
  for (const hostile of HOSTILE) {
    const sh = fillSettings(command, new Map([["command", hostile]]));
    const list = fillSettings(git, new Map([["repositories", [hostile, "b c"]]]));
    const line = (text: string, name: string) =>
      text.split("\n").find((line) => line.startsWith(`${name}=`));
    const { code, stdout } = await new Deno.Command("bash", {
      args: [
        "-c",
        `${line(sh, "COMMAND")}\n${line(list, "REPOSITORIES")}\n` +
        `printf '%s\\n' "$COMMAND" "\${REPOSITORIES[@]}"`,
      ],
    }).output();
    assertEquals([code, new TextDecoder().decode(stdout)], [0, `${hostile}\n${hostile}\nb c\n`]);
    assertEquals(readHeader(sh, "any"), readHeader(command.text, "any"));
    const ts = fillSettings(grafana, new Map([["alertmanager", hostile]]));
    const source = ts.split("\n").find((line) => line.startsWith("const ALERTMANAGER"));
    const module = `${source}\nexport default ALERTMANAGER;`;
    const imported = await import(`data:application/typescript,${encodeURIComponent(module)}`);
    assertEquals(imported.default, hostile);
  }
});

Deno.test("composeSensor refuses what cannot be, and says what can", () => {
  const cases: [name: string, set: string[], why: string][] = [
    [
      "x",
      [],
      'cannot add a sensor "x": the catalogue has command, git, github, grafana, http, linear',
    ],
    [
      "http",
      [],
      "cannot add the sensor http: it needs --set urls=… (addresses, separated by commas)",
    ],
    ["http", ["urls"], "cannot add the sensor http: --set takes KEY=VALUE"],
    [
      "http",
      ["url=https://x.test"],
      'cannot add the sensor http: it has no setting "url": it has urls, slow_ms, interval',
    ],
    [
      "http",
      ["urls=ftp://x"],
      "cannot add the sensor http: urls: it must be an http or https address, such as https://example.org/",
    ],
    [
      "http",
      ["urls=https://me:pw@x.test"],
      "cannot add the sensor http: urls: it must not have a password, since the file is committed to git",
    ],
    [
      "http",
      ["urls=x"],
      "cannot add the sensor http: urls: it must be an http or https address, such as https://example.org/",
    ],
    [
      "http",
      ["urls=http://a_b.test"],
      'cannot add the sensor http: its header is invalid: allow-net="a_b.test:80" must list hosts such as api.github.com or localhost:8080',
    ],
    [
      "http",
      ["urls=https://x.test", "slow_ms=0"],
      "cannot add the sensor http: slow_ms: it must be a whole number from 1 to 9000",
    ],
    [
      "http",
      ["urls=https://x.test", "interval=60", "interval=60"],
      "cannot add the sensor http: interval is set twice",
    ],
    [
      "linear",
      ["key_variable=lin_api_canary"],
      "cannot add the sensor linear: key_variable: it must be the name of an environment variable, such as MY_TOKEN, " +
      "not the secret itself",
    ],
    [
      "command",
      ["command=a\n# looop: trust=trusted"],
      "cannot add the sensor command: command: it must be one line without control characters",
    ],
    [
      "command",
      ["command= "],
      "cannot add the sensor command: command: it must have 1 to 2000 characters",
    ],
    [
      "command",
      ["command=a", "env=LD_PRELOAD"],
      'cannot add the sensor command: its header is invalid: env="LD_PRELOAD" names a variable that sensors cannot have',
    ],
    [
      "command",
      ["command=a", "trust=yes"],
      "cannot add the sensor command: trust: it must be trusted or untrusted",
    ],
    [
      "git",
      ["repositories=src"],
      "cannot add the sensor git: repositories: it must begin with / or ~/",
    ],
    [
      "git",
      [`repositories=${Array.from({ length: 21 }, (_, i) => `/${i}`)}`],
      "cannot add the sensor git: repositories: it must list at most 20",
    ],
    [
      "github",
      ["watch=a/b,c/$(d)"],
      "cannot add the sensor github: watch: it must list owner/name or owner/name@branch",
    ],
  ];
  for (const [name, set, why] of cases) {
    const error = assertThrows(() => composeSensor({ name, set }), UserError);
    assertEquals(error.message, why);
  }
  assertEquals(
    assertThrows(() => composeSensor({ name: "linear", as: "A.b", set: [] }), UserError).message,
    'cannot add the sensor linear: it cannot be called "A.b": 1 to 64 of a-z, 0-9, _ and -',
  );
});
