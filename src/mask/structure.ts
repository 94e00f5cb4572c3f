/**
 * Credentials that are known by their form alone, whatever variable holds them: tokens with a prefix of their provider,
 * JSON web tokens, private keys.
 */
const KNOWN = [
  "gh[pousr]_[A-Za-z0-9]{30,255}",
  "github_pat_\\w{30,255}",
  "gl(?:pat|dt|rt|cbt|ptt|soat|agent|oas)-[\\w.-]{20,255}",
  "sk-(?:ant-|proj-|or-|svcacct-|admin-|live-)?[\\w-]{24,255}",
  "(?:sk|rk|pk|whsec)_(?:live_|test_)?[A-Za-z0-9]{20,255}",
  "(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])",
  "AIza[\\w-]{35}",
  "ya29\\.[\\w-]{20,255}",
  "GOCSPX-[\\w-]{20,255}",
  "xox[a-z]-[A-Za-z0-9-]{16,255}",
  "xapp-[A-Za-z0-9-]{16,255}",
  "npm_[A-Za-z0-9]{30,255}",
  "pypi-[\\w-]{40,255}",
  "hf_[A-Za-z0-9]{30,255}",
  "hv[sbr]\\.[\\w-]{20,255}",
  "dop_v1_[a-f0-9]{40,255}",
  "dckr_pat_[\\w-]{20,255}",
  "SG\\.[\\w-]{16,64}\\.[\\w-]{16,64}",
  "shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
  "lin_api_[A-Za-z0-9]{30,255}",
  "ATATT3[\\w=.-]{20,255}",
  "AGE-SECRET-KEY-1[A-Z0-9]{40,255}",
  "[0-9]{8,10}:AA[\\w-]{30,255}",
  "eyJ[\\w-]{8,2000}\\.eyJ[\\w-]{8,4000}\\.[\\w-]{8,2000}",
];
const PREFIXED = new RegExp(`^(?:${KNOWN.join("|")})$`);

/** Reports whether a text is a credential by its form: a provider's prefix, or characters that only chance puts together. */
export function isCredential(text: string): boolean {
  return PREFIXED.test(text) || isRandom(text);
}

/** The minimum share of neighbours of another kind (upper case, lower case, digit) in a random text; words begin few. */
const MIN_CHANGES = 0.25;
/** The minimum entropy of a random text, in bits a character: 20 characters have at most 4.3. */
const MIN_ENTROPY = 3.4;

/**
 * Reports whether chance alone puts these characters together: upper case, lower case and digits in turn. Digests and ids
 * in hexadecimal are as random but not secret, and names of several words (`MyProject2Name`) are not random.
 */
export function isRandom(text: string): boolean {
  if (text.length < 20 || text.length > 512 || !/^[\w+/=.~-]+$/.test(text)) return false;
  // What has many signs is a path, a version or a name.
  return text.split(/[^A-Za-z0-9+]/).some(isRandomRun);
}

function isRandomRun(text: string): boolean {
  if (text.length < 16 || !/[g-z]/i.test(text) || !/\d/.test(text)) return false;
  const mixed = /[a-z]/.test(text) && /[A-Z]/.test(text);
  if (!mixed && !/^[a-z0-9]{32,}$/.test(text)) return false;
  return changes(text) >= MIN_CHANGES && entropy(text) >= MIN_ENTROPY;
}

function changes(text: string): number {
  let count = 0;
  for (let i = 1; i < text.length; i++) {
    const isWord = /[A-Z]/.test(text[i - 1]) && /[a-z]/.test(text[i]);
    if (!isWord && kindOf(text[i]) !== kindOf(text[i - 1])) count++;
  }
  return count / (text.length - 1);
}

function kindOf(sign: string): number {
  return /\d/.test(sign) ? 0 : /[a-z]/.test(sign) ? 1 : /[A-Z]/.test(sign) ? 2 : 3;
}

/** Shannon's entropy, in bits a character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const sign of text) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  return [...counts.values()]
    .reduce((sum, count) => sum - count / text.length * Math.log2(count / text.length), 0);
}
