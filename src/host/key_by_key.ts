import process from "node:process";
import type { Buffer } from "node:buffer";

/**
 * Lets whoever reads stdin get one key at a time while `ask` runs. dax takes whatever came at once for one text: so
 * Enter right behind a pasted line would become part of it, and Space and Enter typed in one breath would be nothing.
 */
export async function keyByKey<T>(ask: () => Promise<T>): Promise<T> {
  const { stdin } = process;
  const read = stdin.read;
  stdin.read = (size?: number): Buffer | null => {
    const bytes: Buffer | null = read.call(stdin, size);
    if (bytes === null) return null;
    const length = keyLength(bytes);
    if (length < bytes.length) stdin.unshift(bytes.subarray(length));
    return bytes.subarray(0, length);
  };
  try {
    return await ask();
  } finally {
    stdin.read = read;
  }
}

/** Bytes of the first key: an escape sequence, or one character in UTF-8. */
export function keyLength(bytes: Uint8Array): number {
  const [first, second] = bytes;
  if (first === 0x1b && (second === 0x5b || second === 0x4f)) {
    const final = bytes.subarray(2).findIndex((byte) => byte >= 0x40 && byte <= 0x7e);
    return final === -1 ? bytes.length : final + 3;
  }
  const character = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  return Math.min(character, bytes.length);
}
