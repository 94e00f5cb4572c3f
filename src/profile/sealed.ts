import { readSecret } from "./markers.ts";
import type { Profile } from "./profile.ts";

/**
 * Encrypts a text that holds a secret, for a file outside of git: AES-GCM with a key from the profile's own secret. So no
 * file has it in the clear, and only who can read `.looop/secret` can read it.
 *
 * @returns base64
 */
export async function seal(profile: Profile, text: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const data = new TextEncoder().encode(text);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await keyOf(profile), data);
  const bytes = new Uint8Array(IV_BYTES + sealed.byteLength);
  bytes.set(iv);
  bytes.set(new Uint8Array(sealed), IV_BYTES);
  return bytes.toBase64();
}

/** Decrypts what {@linkcode seal} returned; `null` if it is damaged, or the secret of the profile is another one now. */
export async function unseal(profile: Profile, sealed: string): Promise<string | null> {
  try {
    const bytes = Uint8Array.fromBase64(sealed.trim());
    const iv = bytes.slice(0, IV_BYTES);
    const data = bytes.slice(IV_BYTES);
    const key = await keyOf(profile);
    const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, data);
    return new TextDecoder().decode(text);
  } catch {
    return null;
  }
}

const IV_BYTES = 12;

async function keyOf(profile: Profile): Promise<CryptoKey> {
  const secret = new TextEncoder().encode(`sealed ${await readSecret(profile)}`);
  const digest = await crypto.subtle.digest("SHA-256", secret);
  return await crypto.subtle.importKey("raw", digest, "AES-GCM", false, ["encrypt", "decrypt"]);
}
