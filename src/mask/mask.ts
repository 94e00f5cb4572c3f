import { isSecretName } from "./secret_names.ts";

/** Hides secrets in texts. */
export interface Mask {
  /** Puts `[masked NAME]` in place of each value that is to be hidden, in whichever of its forms it stands. */
  (text: string): string;
  /**
   * How many characters at the beginning of a text can be masked without what follows: no secret reaches over
   * that place, or may begin before it and go on in a part of the text that is still to come.
   */
  settled(text: string): number;
  /** There is nothing to hide: texts pass as they are. */
  readonly idle: boolean;
}

/** One way in which a secret can stand in a text. */
export interface SecretForm {
  text: string;
  /** Of the environment variable that holds it. */
  name: string;
}

/** What stands in place of a value. */
export const MASKED = /\[masked \w+\]/;

/** A mask that hides nothing. */
export const NO_MASK: Mask = Object.assign((text: string) => text, {
  settled: (text: string) => text.length,
  idle: true,
});

/** Makes a mask that hides these forms of secrets. */
export function maskOf(forms: readonly SecretForm[]): Mask {
  if (forms.length === 0) return NO_MASK;
  const longestFirst = [...forms].sort((a, b) => b.text.length - a.text.length);
  const mask = (text: string) => {
    let masked = "";
    let at = 0;
    for (const { start, end, name } of spansIn(text, longestFirst)) {
      masked += `${text.slice(at, start)}[masked ${name}]`;
      at = end;
    }
    return at === 0 ? text : masked + text.slice(at);
  };
  return Object.assign(mask, {
    settled: (text: string) => settledIn(text, longestFirst),
    idle: false,
  });
}

interface Span {
  start: number;
  end: number;
  name: string;
}

/** Where secrets stand, in order; those that overlap are one, under the name of the longest. */
function spansIn(text: string, longestFirst: readonly SecretForm[]): Span[] {
  const found: (Span & { length: number })[] = [];
  for (const { text: form, name } of longestFirst) {
    for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) {
      found.push({ start: at, end: at + form.length, name, length: form.length });
    }
  }
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  const spans: typeof found = [];
  for (const span of found) {
    const last = spans.at(-1);
    if (!last || span.start >= last.end) spans.push({ ...span });
    else {
      last.end = Math.max(last.end, span.end);
      if (span.length > last.length) [last.name, last.length] = [span.name, span.length];
    }
  }
  return spans;
}

function settledIn(text: string, longestFirst: readonly SecretForm[]): number {
  let end = text.length;
  for (const { text: form } of longestFirst) {
    for (
      let length = Math.min(form.length - 1, text.length);
      text.length - length < end;
      length--
    ) {
      if (form.startsWith(text.slice(text.length - length))) end = text.length - length;
    }
  }
  if (end === text.length) return end;
  // One that is whole may reach over the place where another could begin.
  for (const span of spansIn(text, longestFirst).reverse()) {
    if (span.start < end && end < span.end) end = span.start;
  }
  return end;
}

/** The fewest characters of a value that is hidden for its variable's name, and of one that `redact` names. */
const LEAST = 6;
const LEAST_NAMED = 4;
/** Values of settings that have a secret's name: they would be hidden in every second line. */
const PLAIN = new Set([
  ...["enabled", "disabled", "required", "optional", "default", "always", "prompt", "bearer"],
  ...["digest", "negotiate", "keyring", "keychain", "system", "oauth2", "masked", "undefined"],
]);

/**
 * Makes the mask of an environment: it hides the values of variables that look secret by name, of those that
 * `redact` names, and passwords inside addresses (`postgres://user:password@host`). Of the former at least 6
 * characters are needed, of those named 4, or half of every text would be hidden.
 */
export function makeMask(environment: Record<string, string>, redact: readonly string[]): Mask {
  const forms = new Map<string, SecretForm>();
  const hide = (name: string, value: string) => {
    for (const text of secretForms(value)) {
      // Of two variables with the same value the first gives its name, whatever their order.
      const known = forms.get(text);
      if (!known || name < known.name) forms.set(text, { text, name });
    }
  };
  for (const [name, raw] of Object.entries(environment)) {
    const value = raw.trim();
    if (redact.includes(name) ? value.length >= LEAST_NAMED : isSecret(name, value)) {
      hide(name, value);
    }
    const password = passwordIn(value);
    if (password !== null && password.length >= LEAST) hide(name, password);
  }
  return maskOf([...forms.values()]);
}

function isSecret(name: string, value: string): boolean {
  if (value.length < LEAST || PLAIN.has(value.toLowerCase()) || !isSecretName(name)) return false;
  // GOOGLE_APPLICATION_CREDENTIALS and its like name a file.
  return !/CREDENTIALS?$/i.test(name) || !/^(~?\/|[A-Za-z]:\\)[^\n]*$/.test(value);
}

function passwordIn(value: string): string | null {
  const found = /^[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:([^\s@/]+)@/i.exec(value)?.[1];
  if (found === undefined) return null;
  try {
    return decodeURIComponent(found);
  } catch {
    return found; // a percent sign that encodes nothing
  }
}

/** The fewest characters of one line of a longer value, such as a key in PEM, that is hidden by itself. */
const LEAST_LINE = 16;

/**
 * All forms in which a value can stand in a text: as it is, as JSON and as an address write it, in base64 (by
 * itself or within a longer text), and each longer line of several.
 */
export function secretForms(value: string): Set<string> {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  // What every PEM begins with is no secret.
  const own = lines.length === 1
    ? []
    : lines.filter((line) => line.length >= LEAST_LINE && !line.startsWith("-----"));
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
  // JSON in a text of JSON, and what escapes slashes or all but ASCII.
  return [escaped, ascii, escaped.replaceAll("/", "\\/"), JSON.stringify(escaped).slice(1, -1)];
}

/** Which characters are left alone, and the case of the digits, differs from library to library. */
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
 * Where a text begins within three bytes decides how base64 writes it; what its neighbours have a part in is
 * left out.
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
