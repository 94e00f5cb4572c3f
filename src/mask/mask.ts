/** Hides secrets in texts. */
export interface Mask {
  /** Replaces every form of every secret with `[masked NAME]`. */
  (text: string): string;
  /**
   * Returns how many characters at the start of a text can be masked without the text that follows: no secret crosses
   * that position, not even one that continues in the following text.
   */
  settled(text: string): number;
  /** Whether there is nothing to mask. */
  readonly idle: boolean;
}

/** One form of a secret in a text. */
interface SecretForm {
  text: string;
  /** The name of its environment variable. */
  name: string;
}

/** Matches the replacement of a secret. */
export const MASKED = /\[masked \w+\]/;

/** A mask that changes nothing. */
export const NO_MASK: Mask = Object.assign((text: string) => text, {
  settled: (text: string) => text.length,
  idle: true,
});

/** Makes the mask of these forms. */
function maskOf(forms: readonly SecretForm[]): Mask {
  if (forms.length === 0) return NO_MASK;
  const mask = (text: string) => {
    let masked = "";
    let at = 0;
    for (const { start, end, name } of spansIn(text, forms)) {
      masked += `${text.slice(at, start)}[masked ${name}]`;
      at = end;
    }
    return masked + text.slice(at);
  };
  return Object.assign(mask, {
    settled: (text: string) => settledIn(text, forms),
    idle: false,
  });
}

interface Span {
  start: number;
  end: number;
  name: string;
}

/** Finds the secrets of a text, in order; overlapping ones are merged under the name of the longest. */
function spansIn(text: string, forms: readonly SecretForm[]): Span[] {
  const found: (Span & { length: number })[] = [];
  for (const { text: form, name } of forms) {
    for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) {
      found.push({ start: at, end: at + form.length, name, length: form.length });
    }
  }
  found.sort((a, b) => a.start - b.start);
  const spans: typeof found = [];
  for (const span of found) {
    const last = spans.at(-1);
    if (!last || span.start >= last.end) spans.push(span);
    else {
      last.end = Math.max(last.end, span.end);
      if (span.length > last.length) [last.name, last.length] = [span.name, span.length];
    }
  }
  return spans;
}

function settledIn(text: string, forms: readonly SecretForm[]): number {
  let end = text.length;
  for (const { text: form } of forms) {
    for (
      let length = Math.min(form.length - 1, text.length);
      text.length - length < end;
      length--
    ) {
      if (form.startsWith(text.slice(text.length - length))) end = text.length - length;
    }
  }
  if (end === text.length) return end;
  // A complete secret may cross the position where another could begin.
  const next = spansIn(text, forms).find((span) => span.end > end);
  return next ? Math.min(next.start, end) : end;
}

/** Minimum length of a value with a secret name, and of one that `redact` names. */
const MIN_LENGTH = 6;
const MIN_REDACTED_LENGTH = 4;
/** Values of settings with a secret name, which would be masked in ordinary text. */
const PLAIN = new Set([
  ...["enabled", "disabled", "required", "optional", "default", "always", "prompt", "bearer"],
  ...["digest", "negotiate", "keyring", "keychain", "system", "oauth2", "masked", "undefined"],
]);

/**
 * Makes the mask of an environment. It masks the values of variables with a secret name (at least 6 characters), of
 * variables that `redact` names (at least 4), and passwords in URLs (`postgres://user:password@host`).
 */
export function makeMask(environment: Record<string, string>, redact: readonly string[]): Mask {
  const forms = new Map<string, SecretForm>();
  const hide = (name: string, value: string) => {
    for (const text of secretForms(value)) {
      // The mask must not depend on the order of variables with the same value.
      const known = forms.get(text);
      if (!known || name < known.name) forms.set(text, { text, name });
    }
  };
  for (const [name, raw] of Object.entries(environment)) {
    const value = raw.trim();
    if (redact.includes(name) ? value.length >= MIN_REDACTED_LENGTH : isSecret(name, value)) {
      hide(name, value);
    }
    const password = passwordIn(value);
    if (password !== null && password.length >= MIN_LENGTH) hide(name, password);
  }
  return maskOf([...forms.values()]);
}

/**
 * Puts the secrets of an environment back into a text that {@linkcode makeMask} masked, in their plain form. For
 * comparisons in memory: the text is not to be shown or stored.
 */
export function unmask(
  text: string,
  environment: Record<string, string>,
  redact: readonly string[],
): string {
  return text.replace(/\[masked (\w+)\]/g, (marker, name) => {
    const value = Object.hasOwn(environment, name) ? environment[name].trim() : "";
    return (redact.includes(name) || isSecret(name, value) ? value : passwordIn(value)) ?? marker;
  });
}

/** Lists the variables whose masked value is an ordinary word or a short number: it is masked in text that means no secret. */
export function wordySecrets(
  environment: Record<string, string>,
  redact: readonly string[],
): string[] {
  return Object.entries(environment).filter(([name, raw]) => {
    const value = raw.trim();
    const isMasked = redact.includes(name)
      ? value.length >= MIN_REDACTED_LENGTH
      : isSecret(name, value);
    return isMasked && /^([A-Z]?[a-z]{3,13}|[A-Z]{4,14}|\d{4,8})$/.test(value);
  }).map(([name]) => name).sort();
}

function isSecret(name: string, value: string): boolean {
  if (value.length < MIN_LENGTH || PLAIN.has(value.toLowerCase()) || !isSecretName(name)) {
    return false;
  }
  // GOOGLE_APPLICATION_CREDENTIALS and similar variables have the path of a file.
  return !/CREDENTIALS?$/i.test(name) || !/^(~?\/|[A-Za-z]:\\)[^\n]*$/.test(value);
}

function passwordIn(value: string): string | null {
  const found = /^[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:([^\s@/]+)@/i.exec(value)?.[1];
  if (found === undefined) return null;
  try {
    return decodeURIComponent(found);
  } catch {
    return found; // not percent-encoded
  }
}

/** Minimum length of a line that is masked by itself, as of a PEM key. */
const MIN_LINE_LENGTH = 16;

/**
 * Returns all forms of a value: plain, in JSON, percent-encoded, in base64 (alone or within a longer text), and every
 * long line of several.
 */
function secretForms(value: string): Set<string> {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  // The first line of a PEM is not secret.
  const own = lines.filter((line) => line.length >= MIN_LINE_LENGTH && !line.startsWith("-----"));
  const forms = new Set<string>();
  for (const text of [value, value.replaceAll("\r\n", "\n"), ...own]) {
    for (const form of [text, ...jsonForms(text), ...percentForms(text), ...base64Forms(text)]) {
      forms.add(form);
    }
  }
  return forms;
}

function jsonForms(text: string): string[] {
  const escaped = JSON.stringify(text).slice(1, -1);
  const ascii = escaped.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  // JSON within JSON, and variants that escape slashes or non-ASCII characters.
  return [escaped, ascii, escaped.replaceAll("/", "\\/"), JSON.stringify(escaped).slice(1, -1)];
}

/** Libraries differ in the characters that they encode and in the case of the digits. */
function percentForms(text: string): string[] {
  const loose = encodeURIComponent(text.toWellFormed());
  const strict = loose.replace(
    /[!'()*~]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return [loose, strict, strict.replaceAll("%7E", "~")]
    .flatMap((form) => [form, form.replaceAll("%2F", "/")])
    .flatMap((form) => [form, form.replaceAll("%20", "+")])
    .flatMap((form) => [form, form.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase())]);
}

/**
 * The encoding of a text in base64 depends on its offset within three bytes. Characters that also encode bytes of its
 * neighbours are left out.
 */
function base64Forms(text: string): string[] {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length < 6) return [bytes.toBase64()];
  return [0, 1, 2].flatMap((before) => {
    const padded = new Uint8Array(before + bytes.length);
    padded.set(bytes, before);
    const skip = Math.ceil(before * 4 / 3);
    const whole = Math.floor(padded.length * 8 / 6);
    const form = padded.toBase64().slice(skip, whole);
    return [form, form.replaceAll("+", "-").replaceAll("/", "_")];
  });
}

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
  ...["EXPIRES", "EXPIRY", "TTL", "TIMEOUT", "LENGTH", "SIZE", "LIMIT", "COUNT", "HELPER"],
  ...["COMMAND", "ENABLED", "DISABLED", "ISSUER", "AUDIENCE", "ALGORITHM", "MECHANISM", "REALM"],
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
  if (ABOUT.has(last)) return words.includes("WEBHOOK") && ["URL", "URI"].includes(last);
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
