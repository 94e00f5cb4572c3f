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
