import { sha256Hex } from "../../model/sha256.ts";
import { withoutLastBreaks } from "../../model/without_last_breaks.ts";

/** Quotes outside text so that nothing in it can end the quotation. */
export type Fence = (name: string, text: string) => string;

/**
 * Makes the fence of a profile. Its key follows from the profile's secret, so that nobody outside can guess
 * it, and is the same at each decision, so that what is unchanged stays byte-equal and a provider can cache
 * it. Should a text hold the key all the same (a model that repeated it into a file), the key is masked.
 */
export async function makeFence(secret: string): Promise<Fence> {
  const key = (await sha256Hex(`fence ${secret}`)).slice(0, 16);
  return (name, text) => {
    const quoted = withoutLastBreaks(text.replaceAll(key, "[key]"));
    return `<<<${key} ${name}\n${visible(quoted)}\n${key}>>>`;
  };
}

/**
 * Characters that show nothing or turn the reading direction could hide a text from the person who checks it, and
 * separators that only some take for a line's end could fake one.
 */
function visible(text: string): string {
  return text.replace(
    /[^\P{Cc}\n\t]|[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/gu,
    (found) => `\\u{${found.codePointAt(0)?.toString(16)}}`,
  );
}
