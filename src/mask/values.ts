import { isCredential, isSecretField, isSecretName } from "./recognize.ts";
import words from "./words.txt" with { type: "text" };

/** A value to hide, and the variable that it comes from. */
export interface Secret {
  value: string;
  name: string;
}

/**
 * Finds the secrets of an environment: the values of variables with a secret name or that `redact` names, their parts
 * and lines, and in all other values what is a secret by its place (`user:password@host`, `password=…`, `"token": …`)
 * or by its form. Each value once, under the first name.
 */
export function secretsOf(
  environment: Record<string, string>,
  redact: readonly string[],
): Secret[] {
  const names = new Map<string, string>();
  // The mask must not depend on the order of variables with the same value.
  for (const name of Object.keys(environment).sort()) {
    const value = environment[name].trim();
    const isNamed = redact.includes(name) && value.length >= MIN_LENGTH;
    const isSecret = isNamed || isSecretName(name) && !isFileOf(name, value);
    const whole = isNamed || isSecret && weakness(value) === null ? [value] : [];
    for (const found of [...whole, ...partsOf(value, isSecret)]) {
      if (found !== "" && !names.has(found)) names.set(found, name);
    }
  }
  return [...names].map(([value, name]) => ({ value, name }));
}

/** A variable whose value is no secret although it has the name of one, or masks too much because `redact` names it. */
export interface WeakSecret {
  name: string;
  /** `is a common word`, `is too short`. */
  why: string;
  /** `redact` names it, so it is masked all the same. */
  masked: boolean;
}

/** Finds the secrets that are common words or too short. Values that are settings (`NPM_AUTH=disabled`) are left out. */
export function weakSecrets(
  environment: Record<string, string>,
  redact: readonly string[],
): WeakSecret[] {
  return Object.keys(environment).sort().flatMap((name) => {
    const value = environment[name].trim();
    const masked = redact.includes(name) && value.length >= MIN_LENGTH;
    const isNamed = redact.includes(name);
    if (value === "" || (!isNamed && !isSecretName(name))) return [];
    if (!isNamed && SETTING.test(value)) return [];
    const why = weakness(value);
    return why === null || masked && why !== COMMON ? [] : [{ name, why, masked }];
  });
}

/** Values of settings with a secret name. */
const SETTING =
  /^(\d|on|off|yes|no|true|false|none|null|auto|never|always|enabled?|disabled?|required|optional|default|prompt|bearer|basic|digest|negotiate|keyring|keychain|system|oauth2?|masked|undefined)$/i;

const COMMON = "is a common word";
const SHORT = "is too short";

/** The minimum length of a secret; of letters alone, and of digits alone. */
const MIN_LENGTH = 4;
const MIN_LETTERS = 5;
const MIN_DIGITS = 6;

let known: Set<string> | null = null;

/** Returns why a value must not be masked: it would be found in ordinary text; `null` where it may. */
function weakness(value: string): string | null {
  if (/^[*•.]*$/.test(value) || value.length < MIN_LENGTH) return SHORT;
  if (/^\d+$/.test(value)) return value.length < MIN_DIGITS ? SHORT : null;
  // Read where a value may be a word: 13 KB.
  if (value.length > 24 || !/^[A-Za-z]+\d?$/.test(value)) return null;
  known ??= new Set(words.split(/\s+/));
  const word = value.toLowerCase();
  if (known.has(word)) return COMMON;
  if (/\d/.test(word) || word.length > MIN_LETTERS) return null;
  if (word.length < MIN_LETTERS) return SHORT;
  // Within another word it would be masked, too.
  for (const one of known) if (one.includes(word)) return COMMON;
  return null;
}

/** GOOGLE_APPLICATION_CREDENTIALS and similar variables have the path of a file. */
function isFileOf(name: string, value: string): boolean {
  return /CRED(ENTIAL)?S?$/i.test(name) && /^(~?\/|[A-Za-z]:\\)[^\n]*$/.test(value);
}

/** The minimum length of a line that is masked by itself, as of a key. */
const MIN_LINE = 16;
/** Objects within texts within objects. */
const MAX_DEPTH = 8;

/**
 * Lists the parts of a value that are secrets.
 *
 * @param isSecret the whole value is a secret
 */
function* partsOf(value: string, isSecret: boolean, depth = 0): Generator<string> {
  if (depth > MAX_DEPTH || value.length < MIN_LENGTH) return;
  const data = jsonOf(value);
  if (data !== undefined) return yield* leavesOf(data, false, depth);
  yield* addressParts(value);
  for (const [field, found] of fieldsOf(value)) {
    if (!isSecretField(field) || PLACEHOLDER.test(found)) continue;
    yield* strong(found);
    yield* strong(decoded(found));
    yield* partsOf(found, true, depth + 1);
  }
  if (!value.startsWith("/")) {
    for (const word of value.split(/[\s,;|&?"'<>()=]+/)) if (isCredential(word)) yield word;
  }
  if (!isSecret) return;
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  if (lines.length > 1) {
    // The first line of a PEM is not secret.
    for (const line of lines) {
      if (line.length >= MIN_LINE && !line.startsWith("-----")) yield* strong(line);
    }
    yield value.replaceAll("\r\n", "\n");
  }
  yield* itemsOf(value);
  const text = base64Text(value);
  if (text !== null) yield* partsOf(text, true, depth + 1);
}

function* strong(value: string): Generator<string> {
  if (weakness(value) === null) yield value;
}

function jsonOf(value: string): unknown {
  if (!/^[{[]/.test(value)) return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined; // not JSON
  }
}

function* leavesOf(data: unknown, isSecret: boolean, depth: number): Generator<string> {
  if (depth > MAX_DEPTH) return;
  if (typeof data === "string" || typeof data === "number") {
    const text = String(data);
    if (isSecret) yield* strong(text);
    yield* partsOf(text, isSecret, depth + 1);
  } else if (Array.isArray(data)) {
    for (const item of data) yield* leavesOf(item, isSecret, depth + 1);
  } else if (typeof data === "object" && data !== null) {
    for (const [field, item] of Object.entries(data)) {
      yield* leavesOf(item, isSecret || isSecretField(field), depth + 1);
    }
  }
}

/** Passwords and tokens before the host: `scheme://user:password@host`, `user:password@tcp(host)/db`. */
function* addressParts(value: string): Generator<string> {
  for (const [, rest] of value.matchAll(/(?<![a-z0-9])[a-z][a-z0-9+.-]*:\/\/(\S*)/gi)) {
    const authority = /^[^/?#]*/.exec(rest)![0];
    // A password may contain what should be encoded; a port is none.
    const open = !authority.includes("@") && /:(?!\d*$)/.test(authority);
    const userinfo = open ? rest.slice(0, Math.max(0, rest.lastIndexOf("@"))) : authority
      .slice(0, Math.max(0, authority.lastIndexOf("@")));
    yield* credentialsOf(userinfo);
  }
  const own = /^([^\s:@/]+:(?!\/\/)\S+)@[\w.[(-]/.exec(value)?.[1];
  if (own !== undefined) yield* credentialsOf(own);
}

/** What takes the place of a password or user beside a token. */
const FILLER = /^(x-oauth-basic|x-access-token|oauth2accesstoken|x-token-auth|oauth2|git|token)$/;

function* credentialsOf(userinfo: string): Generator<string> {
  const colon = userinfo.indexOf(":");
  const [user, password] = colon < 0
    ? [userinfo, ""]
    : [userinfo.slice(0, colon), userinfo.slice(colon + 1)];
  for (const text of new Set([password, decoded(password)])) {
    if (!FILLER.test(text)) yield* strong(text);
  }
  // A token alone, as of Sentry and of git over https.
  const alone = password === "" || FILLER.test(password);
  if (alone && (isCredential(user) || /^(?=.*\d)(?=.*[a-z])[\w-]{12,}$/i.test(user))) yield user;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not percent-encoded
  }
}

/** What a template has in place of a secret. */
const PLACEHOLDER = /^(\$\{[^}]*\}|\$[A-Z_][A-Z0-9_]*|<[\w -]*>?|\{\{.*\}\})$/;

/** Fields of connection strings, queries, headers, options and `.netrc`; some twice, as their quoting is a guess. */
function* fieldsOf(value: string): Generator<[field: string, value: string]> {
  // Bounded, since a long word would be read again from each of its characters.
  const pairs =
    /([A-Za-z][\w.-]{0,99})["']?\s*[=:]\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s;&,"']+)/g;
  for (const [, field, found] of value.matchAll(pairs)) yield [field, unquoted(found)];
  // A password of a libpq string may hold what separates fields elsewhere.
  for (const [, field, found] of value.matchAll(/(?<!\S)([A-Za-z][\w.-]*)=([^\s"']\S*)/g)) {
    yield [field, found];
  }
  for (const part of value.split(/[;\n]/)) {
    const pair = /^\s*([A-Za-z][\w .-]*?)\s*=\s*(.+?)\s*$/.exec(part);
    if (pair) yield [pair[1], unquoted(pair[2])];
  }
  const spaced =
    /(?:^|[\s-])((?:bearer|basic|[\w-]*(?:password|passwd|token|secret|-key)))\s+([^\s,;]+)/gi;
  for (const [, field, found] of value.matchAll(spaced)) yield [`${field}_TOKEN`, unquoted(found)];
}

function unquoted(value: string): string {
  const quoted = /^(["'])(.*)\1$/s.exec(value);
  return quoted ? quoted[2].replace(/\\(.)/g, "$1") : value;
}

/** The items of a secret list, and the password of `user:password`. */
function* itemsOf(value: string): Generator<string> {
  const items = value.split(/[,;|]/).map((item) => item.trim());
  if (items.length > 1) { for (const item of items) if (item.length >= 8) yield* strong(item); }
  for (const word of value.split(/\s+/)) {
    const isOne = word !== value && word.length >= 8 && !word.startsWith("-----");
    if (isOne && /\d/.test(word) && /[a-z]/i.test(word)) yield word;
  }
  if (/^[^\s:/]+:[^\s:]+$/.test(value)) yield* strong(value.slice(value.indexOf(":") + 1));
}

/** The text that a value encodes in base64, such as `user:password`; `null` where it encodes none. */
function base64Text(value: string): string | null {
  const compact = value.replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/_-]{12,}={0,2}$/.test(compact)) return null;
  try {
    const standard = compact.replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.fromBase64(standard);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return /^[\t\n\r\x20-\x7e]*[:={][\t\n\r\x20-\x7e]*$/.test(text) ? text : null;
  } catch {
    return null; // not base64, or no text
  }
}
