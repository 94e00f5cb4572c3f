/** Words of secrets, alone or at the end of a longer word (`PGPASSWORD`). */
const SECRET_WORD =
  /(TOKENS?|SECRETS?|PASSWORDS?|PASSWD|PASSPHRASE|PASSCODE|CREDENTIALS?|APIKEYS?|ACCESSKEY|PRIVATEKEY|WEBHOOK|COOKIES?)$/;
/** Words of secrets only if whole: longer ones (`COMPASS`, `AUTHOR`, `PATH`) mean something else. */
const WHOLE = new Set(["PASS", "SSHPASS", "AUTH", "BEARER", "JWT", "DSN", "PAT"]);
/** Words before a `KEY` that is secret, anywhere in the name: `AWS_ACCESS_KEY_ID`, `SSH_PRIVATE_KEY_PEM`. */
const KEY_OF =
  /^(API|ACCESS|PRIVATE|SECRET|SIGNING|ENCRYPTION|DECRYPTION|MASTER|DEPLOY|ACCOUNT|SHARED|LICENSE)$/;
/** Last words of names that only describe a secret: its place, kind or lifetime. */
const ABOUT = new Set([
  ...["FILE", "PATH", "DIR", "FOLDER", "HOME", "SOCK", "SOCKET", "URL", "URI", "ENDPOINT", "HOST"],
  ...["PORT", "NAME", "USER", "USERNAME", "TYPE", "METHOD", "MODE", "PROVIDER", "SCOPE", "SCOPES"],
  ...[
    "EXPIRES",
    "EXPIRY",
    "TTL",
    "TIMEOUT",
    "LENGTH",
    "SIZE",
    "LIMIT",
    "COUNT",
    "HELPER",
    "COMMAND",
  ],
  ...["ENABLED", "DISABLED", "ISSUER", "AUDIENCE", "ALGORITHM", "MECHANISM", "REALM"],
]);
/** Words of a number of tokens, such as `MAX_OUTPUT_TOKENS`. */
const COUNTED = /^(MAX|MIN|NUM|LIMIT|COUNT|BUDGET|OUTPUT|INPUT|THINKING)$/;

/**
 * Reports whether an environment variable has the name of a secret: `GITHUB_TOKEN`,
 * `PGPASSWORD`, `AWS_ACCESS_KEY_ID`, `npm_config__authToken`; not `SSH_AUTH_SOCK`, `AWS_WEB_IDENTITY_TOKEN_FILE`,
 * `XAUTHORITY`, `MAX_THINKING_TOKENS`, `PWD`.
 */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  const last = words.at(-1) ?? "";
  // The whole URL of a webhook is secret.
  if (ABOUT.has(last)) return words.includes("WEBHOOK") && /^UR[LI]$/.test(last);
  if (/^KEYS?$/.test(last) && words.length > 1) {
    return !words.includes("PUBLIC") && !words.includes("GPG");
  }
  if (words.length > 1 && last === "PWD") return true;
  return words.some((word, i) => {
    if (/TOKENS$/.test(word)) return !words.some((other) => COUNTED.test(other));
    if (/^KEYS?$/.test(word)) return KEY_OF.test(words[i - 1] ?? "");
    return WHOLE.has(word) || SECRET_WORD.test(word);
  });
}

/** Upper-case words, split at underscores and humps, without numbers at the end. */
function wordsOf(name: string): string[] {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase().split(/[^A-Z0-9]+/)
    .filter(Boolean);
  while (/^\d+$/.test(words.at(-1) ?? "")) words.pop();
  return words;
}
