import type { Span } from "./matcher.ts";

/** Words of secrets, alone or at the end of a longer word (`PGPASSWORD`). */
const SECRET_WORD =
  /(TOKENS?|SECRETS?|PASSWORDS?|PASSWD|PASSWRD|PASSPHRASE|PASSCODE|CREDENTIALS?|CREDS|APIKEYS?|ACCESSKEY|SECRETKEY|PRIVATEKEY|ACCOUNTKEY|WEBHOOK|COOKIES?)$/;
/** Ends of longer words: `DBPASS`, `PGPW`; not `BYPASS`. */
const SECRET_END = /.(PASS|PW|PWD)$/;
const OTHER_END = /(ASK|BY|COM|ENCOM|OVER|SUR|TRES|UNDER)PASS$|^OLDPWD$/;
/** Words of secrets only if whole: longer ones (`COMPASS`, `AUTHOR`, `PATH`) mean something else. */
const WHOLE_WORDS = new Set([
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
    return WHOLE_WORDS.has(word) || SECRET_WORD.test(word) ||
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

/** The rest of a header, which is short so that a search takes linear time; claims, signature. */
const JWT_REST = "[\\w-]{4,400}\\.eyJ[\\w-]{8,4000}\\.[\\w-]{8,2000}";

/** Credentials that are known by their form: what they begin with → how they go on. Recognized in every text. */
const TOKENS: Record<string, string> = {
  ...{ ghp_: "\\w{30,255}", gho_: "\\w{30,255}", ghu_: "\\w{30,255}", ghs_: "\\w{30,255}" },
  ...{ ghr_: "\\w{30,255}", github_pat_: "\\w{30,255}", "glpat-": "[\\w.-]{20,255}" },
  ...{ "sk-ant-": "[\\w-]{24,255}", "sk-proj-": "[\\w-]{24,255}", "sk-or-v1-": "[\\w-]{24,255}" },
  ...{ sk_live_: "\\w{20,255}", rk_live_: "\\w{20,255}", whsec_: "\\w{24,255}" },
  ...{ AKIA: "[A-Z0-9]{16}", ASIA: "[A-Z0-9]{16}", AIza: "[\\w-]{35}" },
  ...{ "xoxb-": "[\\w-]{16,255}", "xoxp-": "[\\w-]{16,255}", "xapp-": "[\\w-]{16,255}" },
  ...{ npm_: "\\w{30,255}", "pypi-AgEI": "[\\w-]{30,255}", hf_: "\\w{30,255}" },
  ...{ "hvs.": "[\\w-]{20,255}", dop_v1_: "\\w{40,255}", dckr_pat_: "[\\w-]{20,255}" },
  ...{ "SG.": "[\\w-]{16,64}\\.[\\w-]{16,64}", shpat_: "\\w{32}", lin_api_: "\\w{30,255}" },
  ...{ ATATT3: "[\\w-]{30,255}", "GOCSPX-": "[\\w-]{20,255}", "ya29.": "[\\w-]{20,255}" },
  // JSON web tokens: the header begins with `{"alg":`, `{"typ":` or `{"kid":`.
  ...{ eyJhbGciOi: JWT_REST, eyJ0eXAiOi: JWT_REST, eyJraWQiOi: JWT_REST },
};
const PREFIXES = Object.keys(TOKENS);
const SOURCES = PREFIXES.map((prefix) => prefix.replace(".", "\\.") + TOKENS[prefix]);
const TOKEN = new RegExp(SOURCES.join("|"), "g");
/** The maximum length of a token. */
const MAX_TOKEN = 8192;
/** Forms that only whole values have: within texts they would be words, times or names. */
const WHOLE = new RegExp(
  `^(?:${
    SOURCES.join("|")
  }|(?:sk|rk|pk)[-_][\\w-]{24,255}|gl[a-z]{2,5}-[\\w.-]{20,255}|xox[a-z]-[\\w-]{16,255}|` +
    "hv[br]\\.[\\w-]{20,255}|[0-9]{8,10}:AA[\\w-]{30,255}|AGE-SECRET-KEY-1[A-Z0-9]{40,255})$",
);

/** The name by which a token is masked that is in no variable. */
const NAME = "CREDENTIAL";

/** Finds the tokens in a text, whatever variable holds them, or none. */
export function tokensIn(text: string): Span[] {
  return [...text.matchAll(TOKEN)].map(({ 0: token, index }) => ({
    ...{ start: index, end: index + token.length, name: NAME },
  }));
}

/** Returns where in a text a token begins that the following text may complete; its length if none does. */
export function openToken(text: string): number {
  let begin = text.length;
  while (begin > 0 && text.length - begin < MAX_TOKEN && /[\w.-]/.test(text[begin - 1])) begin--;
  const run = text.slice(begin);
  let open = run.length;
  for (const prefix of PREFIXES) {
    const whole = run.indexOf(prefix);
    if (whole >= 0) open = Math.min(open, whole);
    for (
      let length = Math.min(prefix.length - 1, run.length);
      run.length - length < open;
      length--
    ) {
      if (run.endsWith(prefix.slice(0, length))) open = run.length - length;
    }
  }
  return begin + open;
}

/** Reports whether a value is a credential by its form: a provider's prefix, or characters that only chance puts together. */
export function isCredential(text: string): boolean {
  return WHOLE.test(text) || isRandom(text);
}

/** The minimum share of neighbours of another kind (upper case, lower case, digit) in a random text; words begin few. */
const MIN_CHANGES = 0.25;
/** The minimum entropy of a random text, in bits a character: 20 characters have at most 4.3. */
const MIN_ENTROPY = 3.4;

/**
 * Reports whether chance alone puts these characters together: upper case, lower case and digits in turn. Digests and ids
 * in hexadecimal are as random but not secret, and names of several words (`MyProject2Name`) are not random.
 */
export function isRandom(text: string): boolean {
  if (text.length < 20 || text.length > 512 || !/^[\w+/=.~-]+$/.test(text)) return false;
  // What has many signs is a path, a version or a name.
  return text.split(/[^A-Za-z0-9+]/).some(isRandomRun);
}

function isRandomRun(text: string): boolean {
  if (text.length < 16 || !/[g-z]/i.test(text) || !/\d/.test(text)) return false;
  const mixed = /[a-z]/.test(text) && /[A-Z]/.test(text);
  if (!mixed && !/^[a-z0-9]{32,}$/.test(text)) return false;
  return changes(text) >= MIN_CHANGES && entropy(text) >= MIN_ENTROPY;
}

function changes(text: string): number {
  let count = 0;
  for (let i = 1; i < text.length; i++) {
    const isWord = /[A-Z]/.test(text[i - 1]) && /[a-z]/.test(text[i]);
    if (!isWord && kindOf(text[i]) !== kindOf(text[i - 1])) count++;
  }
  return count / (text.length - 1);
}

function kindOf(sign: string): number {
  return /\d/.test(sign) ? 0 : /[a-z]/.test(sign) ? 1 : /[A-Z]/.test(sign) ? 2 : 3;
}

/** Shannon's entropy, in bits a character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const sign of text) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  return [...counts.values()]
    .reduce((sum, count) => sum - count / text.length * Math.log2(count / text.length), 0);
}
