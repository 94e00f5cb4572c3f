import { assert, assertEquals } from "@std/assert";
import { pulse } from "../../src/loop/pulse.ts";
import { makeMask } from "../../src/mask/mask.ts";
import { followTranscript, readTranscript } from "../../src/workers/transcript.ts";
import { eventually } from "../support/eventually.ts";
import { scripted } from "../support/scripted_decider.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { start, untilEnded, workerProfile } from "../support/worker_profile.ts";

const CANARY = `c4n"ary/+ ü\\~'x`;
const PEM = `-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASC
BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj
q3Ya
-----END PRIVATE KEY-----`;

Deno.test("makeMask hides a value in each form that it can stand in", () => {
  const mask = makeMask({ MY_TOKEN: CANARY }, []);
  const utf8 = new TextEncoder().encode(`user:${CANARY}:more`);
  const forms = {
    plain: CANARY,
    json: JSON.stringify({ a: CANARY }),
    twice: JSON.stringify(JSON.stringify({ a: CANARY })),
    slashes: JSON.stringify(CANARY).replaceAll("/", "\\/"),
    ascii: JSON.stringify(CANARY).replaceAll("ü", "\\u00fc"),
    query: `?q=${encodeURIComponent(CANARY)}`,
    form: new URLSearchParams({ q: CANARY }).toString(),
    lower: encodeURIComponent(CANARY).replace(/%../g, (hex) => hex.toLowerCase()),
    path: encodeURIComponent(CANARY).replaceAll("%2F", "/"),
    "rfc 3986": encodeURIComponent(CANARY).replaceAll("'", "%27"),
    "rfc 3986 form": encodeURIComponent(CANARY).replaceAll("'", "%27").replaceAll("%20", "+"),
    "lower path": encodeURIComponent(CANARY).replaceAll("%2F", "/")
      .replace(/%../g, (hex) => hex.toLowerCase()),
    "within json": JSON.stringify({ a: `<${CANARY}>` }),
    "within twice": JSON.stringify(JSON.stringify({ a: `<${CANARY}>` })),
    base64: new TextEncoder().encode(CANARY).toBase64(),
    base64url: new TextEncoder().encode(CANARY).toBase64({ alphabet: "base64url" }),
    within: utf8.toBase64(),
    shifted: utf8.subarray(1).toBase64(),
    "shifted twice": utf8.subarray(2).toBase64(),
  };
  for (const [name, text] of Object.entries(forms)) {
    const masked = mask(text);
    assert(masked.includes("[masked MY_TOKEN]"), `${name}: ${text} gave ${masked}`);
    assert(!/c4n|YzRu|x$/.test(masked), `${name}: ${masked}`);
  }
  assertEquals(mask(`a ${CANARY} b ${CANARY}`), "a [masked MY_TOKEN] b [masked MY_TOKEN]");
});

const BASE64: [value: string, text: string, masked: string][] = [
  // Below six bytes, a part of the encoding would be found by chance.
  ["four", btoa("four"), "[masked NAMED]"],
  ["five5", btoa("five5"), "[masked NAMED]"],
  ["five5", btoa("five5!"), btoa("five5!")],
  ["five5", btoa("!five5"), btoa("!five5")],
  ["sixsix", btoa("sixsix"), "[masked NAMED]"],
  ["sixsix", btoa("sixsix-yy"), `[masked NAMED]${btoa("sixsix-yy").slice(8)}`],
  // The first and last characters of these also encode bytes of the neighbours.
  ["sixsix", btoa("xsixsixyy"), `eH[masked NAMED]${btoa("xsixsixyy").slice(9)}`],
  ["sixsix", btoa("xxsixsixy"), `eHh[masked NAMED]${btoa("xxsixsixy").slice(10)}`],
  ["<<???>>>", "PDw/Pz8+Pj4=", "[masked NAMED]4="],
  ["<<???>>>", "PDw_Pz8-Pj4=", "[masked NAMED]4="],
];

for (const [value, text, masked] of BASE64) {
  Deno.test(`makeMask hides the base64 of "${value}" in ${text}`, () => {
    assertEquals(makeMask({ NAMED: value }, ["NAMED"])(text), masked);
  });
}

Deno.test("makeMask hides secrets by name, what redact names, and passwords in addresses", () => {
  const environment = {
    GITHUB_TOKEN: "abcdef",
    SHORT_TOKEN: "abc12",
    SHORTER_TOKEN: "abc",
    FEATURE_AUTH: "disabled",
    PLAIN: "plain-value",
    NAMED: "four",
    TINY: "abc",
    SSH_AUTH_SOCK: "/tmp/ssh-1/agent.1",
    GOOGLE_APPLICATION_CREDENTIALS: "/home/me/key.json",
    DATABASE_URL: "postgres://me:s3cret%21pw@db:5432/x",
    PADDED_TOKEN: "\n padded1 \n",
    EMPTY_TOKEN: "",
  };
  const mask = makeMask(environment, ["NAMED", "TINY", "ABSENT"]);
  const hidden = Object.entries(environment).map(([name, value]) => [name, mask(value.trim())]);
  assertEquals(Object.fromEntries(hidden), {
    ...environment,
    GITHUB_TOKEN: "[masked GITHUB_TOKEN]",
    SHORT_TOKEN: "[masked SHORT_TOKEN]",
    NAMED: "[masked NAMED]",
    DATABASE_URL: "postgres://me:[masked DATABASE_URL]@db:5432/x",
    PADDED_TOKEN: "[masked PADDED_TOKEN]",
  });
  assertEquals(mask("the password is s3cret!pw"), "the password is [masked DATABASE_URL]");
});

const CREDENTIALS: [name: string, value: string, hidden: boolean][] = [
  ["GOOGLE_APPLICATION_CREDENTIALS", "/home/me/key.json", false],
  ["GOOGLE_APPLICATION_CREDENTIALS", "~/key.json", false],
  ["GOOGLE_APPLICATION_CREDENTIALS", "C:\\keys\\key.json", false],
  ["my_credential", "/home/me/key.json", false],
  ["GOOGLE_APPLICATION_CREDENTIALS", `{"private_key":"abc"}`, true],
  ["MY_CREDENTIAL", "a/b/c/d/e", true],
  ["MY_CREDENTIAL", "me~/s3cret", true],
  ["MY_CREDENTIALS", "/first-line\nsecond-line", true],
  ["CREDENTIALS_TOKEN", "/s3cret/value", true],
  ["MY_PASSWORD", "/s3cret/value", true],
];

for (const [name, value, hidden] of CREDENTIALS) {
  const what = JSON.stringify(value);
  Deno.test(`makeMask ${hidden ? "hides" : "shows"} a ${name} of ${what}`, () => {
    const mask = makeMask({ [name]: value }, []);
    assertEquals(mask(`<${value}>`), hidden ? `<[masked ${name}]>` : `<${value}>`);
  });
}

const ADDRESSES: [address: string, password: string | null][] = [
  ["postgresql+psycopg://me:s3cret-pw@db:5432/x", "s3cret-pw"],
  ["mongodb+srv://me:s3cret-pw@cluster.example/x", "s3cret-pw"],
  ["coap+tcp.v1-x://me:s3cret-pw@host", "s3cret-pw"],
  ["POSTGRES://me:s3cret-pw@db", "s3cret-pw"],
  ["h2://me:s3cret-pw@host", "s3cret-pw"],
  ["redis://:s3cret-pw@cache:6379", "s3cret-pw"],
  ["amqp://me:50%25-pw%2F1@mq", "50%-pw/1"],
  ["amqp://me:50%-s3cret@mq", "50%-s3cret"],
  ["postgres://me:sixsix@db", "sixsix"],
  ["postgres://me:five5@db", "five5"],
  ["postgres://me:pw1@db", null],
  ["2fast://me:s3cret-pw@host", null],
  ["https://host/a:s3cret-pw@b", null],
];

for (const [address, password] of ADDRESSES) {
  const what = password === null ? "no password" : `the password ${password}`;
  Deno.test(`makeMask finds ${what} in ${address}`, () => {
    const mask = makeMask({ SERVICE: address }, []);
    if (password === null) return assertEquals(mask(address), address);
    assertEquals(mask(`it is ${password}!`), "it is [masked SERVICE]!");
    assert(!mask(address).includes("s3cret"), mask(address));
  });
}

Deno.test("makeMask hides the lines of a longer value one by one", () => {
  const mask = makeMask({ DEPLOY_KEY: `${PEM}\n` }, []);
  assertEquals(mask(`key: ${PEM}.`), "key: [masked DEPLOY_KEY].");
  assertEquals(mask(JSON.stringify(PEM)), `"-----[masked DEPLOY_KEY]-----"`);
  assertEquals(mask(PEM.replaceAll("\n", "\r\n  ")), "-----[masked DEPLOY_KEY]-----");
  assertEquals(mask(PEM.split("\n").slice(0, 2).join("\n")), "-----[masked DEPLOY_KEY]");
  for (const line of PEM.split("\n").slice(1, 3)) assertEquals(mask(line), "[masked DEPLOY_KEY]");
  assertEquals(mask("-----BEGIN PRIVATE KEY-----"), "-----BEGIN PRIVATE KEY-----");
});

const SIXTEEN = "0123456789abcdef";
const LINES: [value: string, text: string, masked: string][] = [
  ["one\r\ntwo", "one\r\ntwo", "[masked MY_TOKEN]"],
  ["one\r\ntwo", "one\ntwo", "[masked MY_TOKEN]"],
  ["one\ntwo", "one\r\ntwo", "[masked MY_TOKEN]"],
  ["one\ntwo", "one two", "[masked MY_TOKEN]"],
  ["one\ntwo", "one, two", "one, two"],
  [`${SIXTEEN}\nlast`, `<${SIXTEEN}> last`, "<[masked MY_TOKEN]> last"],
  [`${SIXTEEN}\r\nlast`, `<${SIXTEEN}> last`, "<[masked MY_TOKEN]> last"],
  [`first\n\t ${SIXTEEN} `, `<${SIXTEEN}> first`, "<[masked MY_TOKEN]> first"],
  [`${SIXTEEN.slice(1)}\nlast`, SIXTEEN, "0[masked MY_TOKEN]"],
  [`${"letters".repeat(2)}\nlast`, "letters".repeat(2), "letters".repeat(2)],
  [`${SIXTEEN}-----\nlast`, `${SIXTEEN}-----`, "[masked MY_TOKEN]"],
  [`-----${SIXTEEN}\nlast`, `-----${SIXTEEN}`, `-----${SIXTEEN}`],
  [`-----${SIXTEEN}`, `-----${SIXTEEN}`, "[masked MY_TOKEN]"],
];

for (const [value, text, masked] of LINES) {
  Deno.test(`makeMask of ${JSON.stringify(value)} leaves ${JSON.stringify(masked)} of ${JSON.stringify(text)}`, () => {
    assertEquals(makeMask({ MY_TOKEN: value }, [])(text), masked);
  });
}

Deno.test("makeMask leaves nothing of values that contain one another or overlap", () => {
  const mask = makeMask({ A_TOKEN: "abcdef", B_TOKEN: "xxabcdefyy", C_TOKEN: "efyy12" }, []);
  assertEquals(mask("-xxabcdefyy-"), "-[masked B_TOKEN]-");
  assertEquals(mask("-abcdefyy12-"), "-[masked A_TOKEN]-");
  assertEquals(mask("-abcdefabcdef-"), "-[masked A_TOKEN][masked A_TOKEN]-");
  const again = makeMask({ A_TOKEN: "aaaaaa" }, []);
  assertEquals(again("b" + "a".repeat(17) + "b"), "b[masked A_TOKEN]b");
});

const OVERLAPPING: [text: string, masked: string][] = [
  ["-abcdefghijklm-", "-[masked B_TOKEN]-"],
  ["-efghijklmnopq-", "-[masked B_TOKEN]-"],
  ["-abcdefghijklmnopq-", "-[masked B_TOKEN]-"],
  ["-same12-", "-[masked D_TOKEN]-"],
  ["-same12345-", "-[masked E_TOKEN]-"],
  ["-abcdefsame12-", "-[masked A_TOKEN][masked D_TOKEN]-"],
];

for (const [text, masked] of OVERLAPPING) {
  Deno.test(`makeMask names the longest of the overlapping secrets in ${text}`, () => {
    const environment = {
      ...{ A_TOKEN: "abcdef", B_TOKEN: "efghijklm", C_TOKEN: "klmnopq" },
      ...{ D_TOKEN: "same12", E_TOKEN: "same12345" },
    };
    assertEquals(makeMask(environment, [])(text), masked);
  });
}

Deno.test("makeMask names the same variable whatever the order of two with one value", () => {
  for (const names of [["Z_TOKEN", "A_TOKEN"], ["A_TOKEN", "Z_TOKEN"]]) {
    const mask = makeMask(Object.fromEntries(names.map((name) => [name, "same-value"])), []);
    assertEquals(mask("same-value"), "[masked A_TOKEN]");
    assertEquals(mask(mask("same-value")), "[masked A_TOKEN]");
  }
});

const ORDINARY = "enabled disabled required optional default always prompt bearer digest " +
  "negotiate keyring keychain system oauth2 masked undefined Enabled KEYRING";
for (const word of ORDINARY.split(" ")) {
  Deno.test(`makeMask shows the setting ${word}, whatever the name of its variable`, () => {
    assertEquals(makeMask({ NPM_AUTH: word, API_TOKEN: ` ${word}\n` }, [])(word), word);
    const mask = makeMask({ NPM_AUTH: `${word}1` }, []);
    assertEquals(mask(`${word} ${word}1`), `${word} [masked NPM_AUTH]`);
  });
}

Deno.test("makeMask leaves a text as it is where there is no secret", () => {
  const environment = { PATH: "/usr/bin", LANG: "C.UTF-8", PWD: "/home/me" };
  const text = "/home/me has /usr/bin in C.UTF-8";
  assertEquals(makeMask(environment, [])(text), text);
});

const TOKENS = [
  ...[`ghp_${"a1B2".repeat(9)}`, `github_pat_${"a1B2".repeat(20)}`, `glpat-${"a1B2".repeat(5)}`],
  ...[
    `sk-proj-${"a1B2".repeat(9)}`,
    `xoxb-123456789012-${"a1B2".repeat(6)}`,
    `npm_${"a1B2".repeat(9)}`,
  ],
  ...[
    `AIza${"a1B2c".repeat(7)}`,
    `eyJhbGciOiJIUzI1NiJ9.eyJ${"a1B2".repeat(5)}.${"a1B2".repeat(9)}`,
  ],
];
for (const token of TOKENS) {
  Deno.test(`makeMask hides ${token}, which no variable holds`, () => {
    const mask = makeMask({}, []);
    assertEquals(mask(`use "${token}".`), `use "[masked CREDENTIAL]".`);
    assertEquals(mask(token.slice(0, 9)), token.slice(0, 9));
    assertEquals(makeMask({ GITHUB_TOKEN: token }, [])(token), "[masked GITHUB_TOKEN]");
  });
}

const SENSOR = `#!/bin/sh\n# looop: env=CODEWORD\necho "{\\"said\\":\\"$CODEWORD\\"}"\n`;

Deno.test("a pulse masks what redact names from the tick on after it was written", async () => {
  await using profile = await tempProfile({
    files: { "sensors/s.sh": SENSOR, "goals/broken.md": "swordfish" },
    env: { CODEWORD: "swordfish" },
  });
  const stop = new AbortController();
  const { decide, prompts } = scripted();
  const running = pulse(profile, { signal: stop.signal, decider: decide });
  const said = async () =>
    JSON.parse(await profile.read("snapshots/s.json").catch(() => "{}")).result?.value.said;
  await eventually("the sensor is read", async () => await said() === "swordfish");
  await Deno.writeTextFile(profile.configPath, JSON.stringify({ redact: ["CODEWORD"] }));
  await eventually("it is read masked", async () => await said() === "[masked CODEWORD]");
  await eventually("that is decided on", () => prompts.length === 2);
  stop.abort();
  await running;
  assertEquals(prompts.map((prompt) => prompt.includes("swordfish")), [true, false]);
});

Deno.test("readTranscript and followTranscript mask what a worker printed", async () => {
  await using profile = await workerProfile({ env: { A_TOKEN: "hunter2-hunter2" } });
  // Longer than the screen is wide: its terminal breaks the line, within the secret.
  const line = `printf '%0190d %s end\\n' 0 "$A_TOKEN"`;
  await start(profile, "w", `${line}; echo next`);
  await untilEnded(profile, "w");
  const expected = [`${"0".repeat(190)} [masked A_TOKEN] end`, "next"];
  assertEquals((await readTranscript(profile, "w")).split("\n"), [...expected, ""]);
  const followed = [];
  for await (const text of followTranscript(profile, "w", new AbortController().signal)) {
    followed.push(text);
  }
  assertEquals(followed, expected);
});
