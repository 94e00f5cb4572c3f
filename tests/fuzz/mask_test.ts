import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { makeMask, maskJson, MaskStream } from "../../src/mask/mask.ts";
import { weakSecrets } from "../../src/mask/values.ts";
import { fuzz } from "./fuzz.ts";
import { hostileText } from "./hostile_text.ts";

/** No common words, which are not masked. Some repeat themselves, so that they overlap with themselves and with each other. */
const secret = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9+/=_-]{6,40}$/),
  fc.stringMatching(/^(ab|aab|aba){3,8}$/),
  fc.stringMatching(/^\d{6,12}$/),
  fc.constantFrom("päss wörd", 'qu"ote\\d', "line1\nline2", "p%40ss%20w", "s3cr3t\u{1f600}"),
).filter((value) => weakSecrets({ A_TOKEN: value }, []).length === 0);

fuzz("mask", {
  input: fc.record({
    token: secret,
    password: secret,
    parts: fc.array(
      fc.oneof(
        fc.constantFrom("{token}", "{password}", "{half}", "{twice}", "{json}", "{address}"),
        fc.constantFrom("{base64}", "{hex}", "{percent}", "{html}", "{wrapped}", "{known}", "\\"),
        fc.constantFrom("%2", "&am", "gh", "github_pat", "eyJ"),
        hostileText().map((text) => text.slice(0, 1000)),
      ),
      { maxLength: 6 },
    ),
    cuts: fc.array(fc.nat(30), { maxLength: 30 }),
  }),
  shares: { masked: 0.2, "as it was": 0.1 },
  check({ token, password, parts, cuts }) {
    const address = `postgres://me:${encodeURIComponent(password)}@host/db`;
    const mask = makeMask({ MY_TOKEN: token, DATABASE_URL: address, HOME: "/home/me" }, []);
    const values: Record<string, string> = {
      ...{
        "{token}": token,
        "{password}": password,
        "{half}": token.slice(0, -1),
        "{address}": address,
      },
      "{known}": `ghp_${"a1B2".repeat(8)}`,
      ...{ "{twice}": token + token.slice(2), "{json}": JSON.stringify({ token, password }) },
    };
    const encoded: Record<string, string> = {
      "{base64}": lines(new TextEncoder().encode(token).toBase64(), 10),
      "{hex}": new TextEncoder().encode(token).toHex(),
      "{percent}": encodeURIComponent(JSON.stringify(token).slice(1, -1)),
      "{html}": token.replaceAll(/\W/gu, (sign) => `&#${sign.codePointAt(0)};`),
      "{wrapped}": lines(token, 4),
    };
    // Of signs alone nothing is left without quoting.
    const plain = token.replaceAll(/[-+]/g, "").length >= 4;
    for (const form of Object.values(encoded)) {
      if (plain) assert(!mask(`<${form}>`).includes(form), `a secret is left in ${form}`);
    }
    Object.assign(values, encoded);
    const text = parts.map((part) => Object.hasOwn(values, part) ? values[part] : part).join("");
    const masked = mask(text);
    const outside = masked.split(/\[masked \w+\]/);
    for (const value of [token, password]) {
      assert(outside.every((piece) => !piece.includes(value)), "a secret is left");
      assert(
        !JSON.stringify(maskJson(mask, { [text]: text })).includes(value),
        "JSON has a secret",
      );
    }
    // Cut anywhere, it gives the same.
    const stream = new MaskStream(mask);
    let streamed = "";
    let at = 0;
    for (const size of cuts) {
      streamed += stream.push(text.slice(at, at + size));
      at += size;
    }
    assertEquals(streamed + stream.push(text.slice(at)) + stream.end(), masked);
    return masked === text ? "as it was" : "masked";
  },
});

function lines(text: string, width: number): string {
  return text.match(new RegExp(`.{1,${width}}`, "gsu"))!.join("\n");
}
