/** Words of secrets, alone or at the end of a longer word (`PGPASSWORD`). */
const SECRET_WORD =
  /(TOKENS?|SECRETS?|PASSWORDS?|PASSWD|PASSWRD|PASSPHRASE|PASSCODE|CREDENTIALS?|CREDS|APIKEYS?|ACCESSKEY|SECRETKEY|PRIVATEKEY|ACCOUNTKEY|WEBHOOK|COOKIES?)$/;
/** Ends of longer words: `DBPASS`, `PGPW`; not `BYPASS`. */
const SECRET_END = /.(PASS|PW|PWD)$/;
const OTHER_END = /(ASK|BY|COM|ENCOM|OVER|SUR|TRES|UNDER)PASS$|^OLDPWD$/;
/** Words of secrets only if whole: longer ones (`COMPASS`, `AUTHOR`, `PATH`) mean something else. */
const WHOLE = new Set([
  ...["PASS", "PW", "SSHPASS", "AUTH", "BEARER", "JWT", "DSN", "PAT", "CRED", "PSK", "SALT"],
  ...["MNEMONIC", "OTP", "TOTP", "PASSKEY", "AUTHORIZATION"],
]);
/** Words before a `KEY` that is secret, anywhere in the name: `AWS_ACCESS_KEY_ID`, `SSH_PRIVATE_KEY_PEM`. */
const KEY_OF =
  /^(API|ACCESS|PRIVATE|SECRET|SIGNING|ENCRYPTION|DECRYPTION|MASTER|DEPLOY|ACCOUNT|SHARED|LICENSE)$/;
/** Words after a `KEY` that say which one it is: `STRIPE_KEY_LIVE`. */
const WHICH_KEY =
  /^(LIVE|TEST|PROD|PRODUCTION|STAGING|STAGE|DEV|DEVELOPMENT|SANDBOX|PRIMARY|SECONDARY|MAIN|BACKUP|OLD|NEW|CURRENT|PREVIOUS|VALUE|STRING|RAW|BASE64|B64|JSON|PEM|HEX)$/;
/** Last words of names that only describe a secret: its place, kind or lifetime. */
const ABOUT = new Set([
  ...["FILE", "PATH", "DIR", "FOLDER", "HOME", "SOCK", "SOCKET", "URL", "URI", "ENDPOINT", "HOST"],
  ...["PORT", "NAME", "USER", "USERNAME", "TYPE", "METHOD", "MODE", "PROVIDER", "SCOPE", "SCOPES"],
  ...["EXPIRES", "EXPIRY", "TTL", "TIMEOUT", "LENGTH", "SIZE", "LIMIT", "COUNT", "HELPER"],
  ...["COMMAND", "ENABLED", "DISABLED", "ISSUER", "AUDIENCE", "ALGORITHM", "MECHANISM", "REALM"],
]);
/** Words of a number of tokens, such as `MAX_OUTPUT_TOKENS`. */
const COUNTED = /^(MAX|MIN|NUM|LIMIT|COUNT|BUDGET|OUTPUT|INPUT|THINKING)$/;

/**
 * Reports whether an environment variable has the name of a secret: `GITHUB_TOKEN`, `DBPASS`, `STRIPE_KEY_LIVE`,
 * `PGPASSWORD`, `AWS_ACCESS_KEY_ID`, `npm_config__authToken`; not `SSH_AUTH_SOCK`, `AWS_WEB_IDENTITY_TOKEN_FILE`,
 * `XAUTHORITY`, `MAX_THINKING_TOKENS`, `PWD`.
 */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  const last = words.at(-1) ?? "";
  // The whole URL of a webhook is secret.
  if (ABOUT.has(last)) return words.includes("WEBHOOK") && ["URL", "URI"].includes(last);
  if (/^KEYS?$/.test(last) && words.length > 1) {
    return !words.includes("PUBLIC") && !words.includes("GPG");
  }
  if (words.length > 1 && last === "PWD") return true;
  return words.some((word, i) => {
    if (/TOKENS$/.test(word)) return !words.some((other) => COUNTED.test(other));
    if (/^KEYS?$/.test(word)) {
      const which = i > 0 && words.slice(i + 1).every((other) => WHICH_KEY.test(other));
      return KEY_OF.test(words[i - 1] ?? "") || which && !words.includes("PUBLIC");
    }
    return WHOLE.has(word) || SECRET_WORD.test(word) ||
      SECRET_END.test(word) && !OTHER_END.test(word);
  });
}

/** Names within a value that are secrets there, although variables with such a name may be anything. */
const FIELDS = new Set([
  ...["KEY", "PWD", "SIG", "SIGNATURE", "SAS", "CODE", "PIN", "SID", "SESSION", "ASSERTION"],
]);

/** Reports whether a field, parameter or option has the name of a secret: `password`, `AccountKey`, `sig`. */
export function isSecretField(name: string): boolean {
  const words = wordsOf(name);
  return isSecretName(name) || words.length === 1 && FIELDS.has(words[0]);
}

/** Upper-case words, split at underscores and humps, without numbers at the end. */
function wordsOf(name: string): string[] {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase().split(/[^A-Z0-9]+/)
    .filter(Boolean);
  while (/^\d+$/.test(words.at(-1) ?? "")) words.pop();
  return words;
}
