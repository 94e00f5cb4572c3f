import { type Form, MIN_FORM } from "./matcher.ts";
import { skeletonOf } from "./skeleton.ts";
import type { Secret } from "./values.ts";

/** Of shorter values the base64 within a longer text would be found by chance. */
const MIN_BASE64 = 6;

/**
 * Returns the forms of a secret in the skeleton of a text: as it is, in base64 (alone, within a longer text, and in base64
 * again) and in hexadecimal digits. Escapes, quotes and wrapping are not among them: a skeleton has none.
 */
export function formsOf({ value, name }: Secret): Form[] {
  const bytes = new TextEncoder().encode(value);
  // A piece of a longer text, such as of an address, may stand elsewhere.
  const isOne = /^[\w+/=.~-]+$/.test(value) || value.includes("-----BEGIN ");
  const once = base64Forms(bytes);
  const encoder = new TextEncoder();
  const twice = once.flatMap((text) => base64Forms(encoder.encode(text)));
  const hex = bytes.toHex();
  const pairs = hex.match(/../g)?.join(":") ?? "";
  return [
    { text: plainOf(value), name, pieces: isOne },
    ...once.map((text) => ({ text: text.replaceAll("+", ""), name, pieces: true })),
    ...twice.map((text) => ({ text: text.replaceAll("+", ""), name, pieces: false })),
    ...[hex, hex.toUpperCase()].map((text) => ({ text, name, pieces: true })),
    ...[pairs, pairs.toUpperCase()].map((text) => ({ text, name, pieces: false })),
  ].filter(({ text }) => text.length >= MIN_FORM);
}

function plainOf(value: string): string {
  const { codes, length } = skeletonOf(value);
  let plain = "";
  for (let i = 0; i < length; i++) plain += String.fromCharCode(codes[i]);
  return plain;
}

/**
 * The encoding of a text in base64 depends on its offset within three bytes. Characters that also encode bytes of its
 * neighbours are left out.
 */
function base64Forms(bytes: Uint8Array): string[] {
  if (bytes.length < MIN_BASE64) return [bytes.toBase64()];
  return [0, 1, 2].map((before) => {
    const padded = new Uint8Array(before + bytes.length);
    padded.set(bytes, before);
    const skip = Math.ceil(before * 4 / 3);
    return padded.toBase64().slice(skip, Math.floor(padded.length * 8 / 6));
  });
}
