/** One kind of credential: what its variable holds, and the part of that which must never show. */
export interface Credential {
  kind: string;
  name: string;
  value: string;
  secret: string;
}

/** Letters and digits in an order that is random, and the same in every run. */
function generator(seed: number): (length: number, alphabet: string) => string {
  let state = seed;
  const next = () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0;
    return (state ^ (state >>> 13)) >>> 0;
  };
  return (length, alphabet) =>
    Array.from({ length }, () => alphabet[next() % alphabet.length]).join("");
}

const DIGITS = "0123456789";
const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const ALPHABETS: Record<string, string> = {
  d: DIGITS,
  h: `${DIGITS}abcdef`,
  u: UPPER + DIGITS,
  a: UPPER + UPPER.toLowerCase() + DIGITS,
  b: `${UPPER}${UPPER.toLowerCase()}${DIGITS}+/`,
  // What addresses, HTML, JSON and shells have to escape, but fields and addresses may hold.
  p: `${UPPER.toLowerCase()}${DIGITS}!$*~&<>`,
};

/** Kind, variable, value: `{a36}` is a random text, and what stands in `«»` is the secret. */
const KINDS = `
github            GITHUB_TOKEN              «ghp_{a36}»
github, fine      REPO_ACCESS               «github_pat_{a22}_{a59}»
gitlab            CI_BOT                    «glpat-{a20}»
openai            OPENAI_API_KEY            «sk-proj-{a48}»
anthropic         LLM                       «sk-ant-api03-{a80}»
aws id            AWS_ACCESS_KEY_ID         «AKIA{u16}»
aws secret        AWS_SECRET_ACCESS_KEY     «{b40}»
aws session       AWS_SESSION_TOKEN         «IQoJb3JpZ2lu{b120}»
google            MAPS                      «AIza{a35}»
google account    SERVICE_ACCOUNT_JSON      {"type":"x","private_key":"-----BEGIN PRIVATE KEY-----\\n«{b64}»\\n{b64}\\n-----END PRIVATE KEY-----\\n"}
azure storage     AZURE_STORAGE_CONNECTION_STRING  DefaultEndpointsProtocol=https;AccountName=a;AccountKey=«{b86}==»;EndpointSuffix=core.windows.net
azure sas         BLOB_URL                  https://a.blob.core.windows.net/c?sv=2022-11-02&sig=«{a43}»
azure ad          ARM_CLIENT_SECRET         «{a3}8Q~{a34}»
slack             CHAT                      «xoxb-{d12}-{d12}-{a24}»
slack webhook     SLACK_WEBHOOK_URL         «https://hooks.slack.com/services/T{u8}/B{u8}/{a24}»
stripe            STRIPE_KEY_LIVE           «sk_live_{a24}»
twilio            TWILIO_AUTH               «{h32}»
sendgrid          MAILER                    «SG.{a22}.{a43}»
npm               NPM_AUTH                  «npm_{a36}»
pypi              TWINE                     «pypi-AgEIcHlwaS5vcmc{a60}»
docker            DOCKER_AUTH_CONFIG        {"auths":{"r.example":{"auth":"«{b32}»"}}}
hugging face      MODEL_HUB                 «hf_{a34}»
telegram          BOT                       «{d10}:AA{a33}»
discord           DISCORD_TOKEN             «{a24}.{a6}.{a38}»
jwt               SESSION                   «eyJhbGciOiJIUzI1NiJ9.eyJ{a40}.{a43}»
postgres          DATABASE_URL              postgres://app:«{p16}»@db:5432/app
smtp              SMTP_URL                  smtp://me@example.org:«{p12}»@mail
redis             CACHE                     redis://:«{a20}»@cache:6379/0
mongodb           MONGO                     mongodb+srv://app:«{p14}»@c.example/x?w=1
jdbc              JDBC_URL                  jdbc:postgresql://db/x?user=u&password=«{a12}»
libpq             PG_CONN                   host=db user=u password=«{p10}» dbname=x
mysql             MYSQL_CONN                root:«{p12}»@tcp(db:3306)/app
odbc              ODBC                      Driver={SQL Server};Server=db;Uid=sa;Pwd=«{p12}»;
password          DBPASS                    «{p8}»
short password    DB_PW                     «{a6}»
sentry            SENTRY_URL                https://«{h32}»@o1.ingest.sentry.io/1
header            OTEL_EXPORTER_OTLP_HEADERS  authorization=Bearer «{a32}»
key file          DEPLOY_KEY                -----BEGIN OPENSSH PRIVATE KEY-----\\n«{b64}»\\n{b64}\\n-----END OPENSSH PRIVATE KEY-----
list              OPENAI_KEYS               sk-{a20},«sk-{a20}»
random            APP_SETTING               «{a32}»
option            JAVA_OPTS                 -Xmx1g -Djavax.net.ssl.keyStorePassword=«{a10}»
git remote        REMOTE                    https://x-access-token:«{a30}»@github.com/o/r
netrc             NETRC_TEXT                machine h login me password «{a14}»
`;

/** Generates every kind. */
export function credentials(seed = 20261129): Credential[] {
  const text = generator(seed);
  return KINDS.trim().split("\n").map((line) => {
    const [kind, name, ...rest] = line.split(/ {2,}/);
    const filled = rest.join("  ").replaceAll(/\{([a-z])(\d+)\}/g, (_, alphabet, length) => {
      // A digit, so that none is a word.
      return text(Number(length) - 1, ALPHABETS[alphabet]) + text(1, DIGITS);
    }).replaceAll(/(?<!\\)\\n/g, name === "DEPLOY_KEY" ? "\n" : "\\n");
    const secret = /«(.*)»/s.exec(filled)![1];
    return { kind, name, value: filled.replaceAll(/[«»]/g, ""), secret };
  });
}

const bytes = (text: string) => new TextEncoder().encode(text);
const lines = (text: string, width: number, mark = "") =>
  text.match(new RegExp(`.{1,${width}}`, "gs"))!.join(`\n${mark}`);
const html = (text: string) =>
  text.replaceAll(/[&<>"']/g, (sign) => `&${{ "&": "amp", "<": "lt", ">": "gt" }[sign] ?? "#39"};`);

/** Base32 with padding. */
const base32 = (text: string) => {
  const bits = [...bytes(text)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = bits.match(/.{1,5}/g)!.map((group) => parseInt(group.padEnd(5, "0"), 2));
  const digits = groups.map((group) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[group]).join("");
  return digits.padEnd(Math.ceil(digits.length / 8) * 8, "=");
};

/** The ways in which programs print a text. */
export const ENCODINGS: Record<string, (text: string) => string> = {
  plain: (text) => text,
  wrapped: (text) => lines(text, 20),
  quoted: (text) => lines(text, 30, "> "),
  base64: (text) => lines(bytes(text).toBase64(), 76),
  base64url: (text) => bytes(`me:${text}\n`).toBase64({ alphabet: "base64url", omitPadding: true }),
  "base64 twice": (text) => bytes(bytes(`u:${text}`).toBase64()).toBase64(),
  base32: (text) => lines(base32(`me:${text}\n`), 76),
  "hex of base64": (text) => lines(bytes(bytes(text).toBase64({ omitPadding: true })).toHex(), 60),
  "base64 of hex": (text) => bytes(`00${bytes(text).toHex()}`).toBase64(),
  hex: (text) => lines(bytes(text).toHex(), 60),
  "hex in pairs": (text) => bytes(text).toHex().toUpperCase().match(/../g)!.join(":"),
  percent: (text) => new URLSearchParams({ q: text }).toString().slice(2),
  html,
  json: (text) => JSON.stringify(JSON.stringify({ text })).slice(12, -4),
  shell: (text) => text.replaceAll(/[^\w+/=.:@%-]/g, (sign) => `\\${sign}`),
  coloured: (text) => text.match(/.{1,9}/gs)!.join("\x1b[0m\x1b[38;5;208m"),
  interrupted: (text) => text.match(/.{1,7}/gs)!.join("\0\x7f\u202e\u2028\ufe0f"),
  boxed: (text) => lines(text, 24, "│ ").replaceAll("\n", " │\n"),
  "utf-16 in base64": (text) => bytes([...text].join("\0") + "\0").toBase64(),
  "list of bytes": (text) => JSON.stringify([...bytes(text)]),
  "list in hex": (text) => [...bytes(text)].map((byte) => `0x${byte.toString(16)}`).join(", "),
  "code points": (text) =>
    [...text].map((sign) => `\\u{${sign.charCodeAt(0).toString(16)}}`).join(""),
};

/** Pieces of an encoded text that show the secret, as they would stand in any surface. */
export function tracesOf(encoded: string): string[] {
  const runs = encoded.match(/[A-Za-z0-9]{6,}/g) ?? [];
  return runs.flatMap((run) =>
    Array.from({ length: run.length - 5 }, (_, i) => run.slice(i, i + 6))
  );
}
