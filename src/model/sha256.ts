/**
 * Hashes with SHA-256, as lower-case hex.
 *
 * @param data bytes, or a text that is hashed as UTF-8
 */
export async function sha256Hex(data: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
