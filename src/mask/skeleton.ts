/**
 * A text without what quoting, encoding and wrapping add: percent, HTML, JSON and shell escapes are decoded (up to three
 * levels), and white space, control characters, what is not seen, quotes, backslashes, `+` and `-` are left out. Two texts
 * that differ only in these have the same skeleton. It is valid until the next one is made.
 */
export interface Skeleton {
  codes: Uint16Array;
  length: number;
  /** Where in the text each of its characters begins and ends. */
  starts: Int32Array;
  ends: Int32Array;
  /** Where in the text an escape begins that the following text may continue; the length of the text if none does. */
  open: number;
  /** An index of the text at which it may be cut: the given one, or the beginning of the escape that it is within. */
  cut: number;
}

/** JSON within JSON in a query has three. */
const MAX_LEVELS = 3;

/** Makes the skeleton of a text, in time proportional to its length. */
export function skeletonOf(text: string, cut: number = text.length): Skeleton {
  const { length } = text;
  let [from, to] = length <= MAX_KEPT ? scratch : [emptyOf(length), emptyOf(length)];
  from.length = from.open = length;
  from.cut = cut;
  const { codes, starts, ends } = from;
  let escapes = false;
  for (let i = 0; i < length; i++) {
    const code = codes[i] = text.charCodeAt(i);
    starts[i] = i;
    ends[i] = i + 1;
    if (code < 128 && KIND[code] === ESCAPE) escapes = true;
  }
  for (let level = 0; escapes && level < MAX_LEVELS; level++) {
    escapes = decode(from, to);
    [from, to] = [to, from];
  }
  if (squeeze(from)) {
    // A line may end within an escape.
    decode(from, to);
    [from, to] = [to, from];
    squeeze(from);
  }
  return from;
}

function emptyOf(size: number): Skeleton {
  const [starts, ends] = [new Int32Array(size), new Int32Array(size)];
  return { codes: new Uint16Array(size), length: 0, starts, ends, open: 0, cut: 0 };
}

/** Used again and again, since a tick masks hundreds of short texts. */
const MAX_KEPT = 16_384;
const scratch = [emptyOf(MAX_KEPT), emptyOf(MAX_KEPT)];

/**
 * Decodes one level of escapes.
 *
 * @returns whether a decoded character may begin another escape
 */
function decode(from: Skeleton, to: Skeleton): boolean {
  const { codes, length, starts, ends } = from;
  const { codes: toCodes, starts: toStarts, ends: toEnds } = to;
  let nested = false;
  let size = 0;
  let { open, cut } = from;
  // What follows an open escape is unknown, so an escape that may reach it is open, too.
  let known = length;
  while (known > 0 && ends[known - 1] > open) known--;
  const unsure = known === length ? length : Math.max(0, known - MAX_ESCAPE);
  for (let at = 0; at < length; at++) {
    let code = codes[at];
    toStarts[size] = starts[at];
    if (code < 128 && KIND[code] === ESCAPE) {
      const escape = readEscape(from, at);
      if (escape.open || at >= unsure) open = Math.min(open, starts[at]);
      if (escape.next > at + 1) {
        at = escape.next - 1;
        if (cut < ends[at]) cut = Math.min(cut, toStarts[size]);
        code = escape.code;
        if (code < 128 && KIND[code] === ESCAPE) nested = true;
        if (code > 0xffff) {
          // Beyond the basic plane, one escape gives two code units.
          toCodes[size] = 0xd7c0 + (code >> 10);
          toEnds[size] = ends[at];
          toStarts[size + 1] = toStarts[size];
          size++;
          code = 0xdc00 + (code & 0x3ff);
        }
      }
    }
    toCodes[size] = code;
    toEnds[size++] = ends[at];
  }
  to.length = size;
  to.open = open;
  to.cut = cut;
  return nested;
}

/** What an escape stands for, and the index after it; `open`: the following text may continue it. */
interface Escape {
  code: number;
  next: number;
  open: boolean;
}

/** The maximum length of an escape without a row of backslashes. */
const MAX_ESCAPE = 12;
/** The maximum length of an entity, with `&` and `;`, and of a row of backslashes. */
const MAX_ENTITY = 10;
const MAX_BACKSLASHES = 16;

/** Reads the escape at an index; `next` is the index after one character where there is none. */
function readEscape(from: Skeleton, at: number): Escape {
  const { codes, length } = from;
  const none = { code: codes[at], next: at + 1, open: false };
  if (codes[at] === AMPERSAND) return readEntity(from, at) ?? none;
  const byte = readByte(from, at);
  if (byte.next > 0) return readCharacter(from, byte);
  if (codes[at] === PERCENT) return { ...none, open: at + 3 > length };
  const next = afterBackslashes(from, at);
  if (next === length) return { ...none, open: true };
  const code = codes[next];
  if (code === U && codes[next + 1] === BRACE) {
    let end = next + 2;
    while (end < length && end < next + 8 && hexAt(codes, end, end + 1) >= 0) end++;
    if (end === length) return { code, next: next + 1, open: true };
    const unit = codes[end] === CLOSING ? hexAt(codes, next + 2, end) : Infinity;
    if (unit <= 0x10ffff) return { code: unit, next: end + 1, open: false };
  }
  if (code === U) {
    const unit = next + 5 > length ? -1 : hexAt(codes, next + 1, next + 5);
    if (unit >= 0) return { code: unit, next: next + 5, open: false };
  }
  const isLineBreak = code === N || code === R || code === T;
  return {
    code: isLineBreak ? NEWLINE : code,
    next: next + 1,
    open: code === U ? next + 5 > length : (code === X || isOctal(code)) && next + 3 > length,
  };
}

function readEntity({ codes, length }: Skeleton, at: number): Escape | null {
  const last = Math.min(at + MAX_ENTITY, length);
  let end = at + 1;
  while (end < last && isWord(codes[end])) end++;
  if (end === length) return { code: AMPERSAND, next: at + 1, open: end < at + MAX_ENTITY };
  if (end === last || codes[end] !== SEMICOLON) return null;
  const name = String.fromCharCode(...codes.subarray(at + 1, end));
  const digits = /^#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))$/i.exec(name);
  const code = digits
    ? digits[1] === undefined ? Number(digits[2]) : parseInt(digits[1], 16)
    : ENTITIES.get(name) ?? Infinity;
  return code > 0x10ffff ? null : { code, next: end + 1, open: false };
}

const ENTITIES = new Map<string, number>([
  ...[["amp", 38], ["lt", 60], ["gt", 62], ["quot", 34], ["apos", 39], ["nbsp", 32]] as const,
]);

/** Reads `%41`, `\x41` or `\101`; `next` is 0 where there is none. */
function readByte(from: Skeleton, at: number): { byte: number; next: number } {
  const { codes, length } = from;
  const none = { byte: -1, next: 0 };
  if (at + 3 > length) return none;
  if (codes[at] === PERCENT) {
    const byte = hexAt(codes, at + 1, at + 3);
    return byte < 0 ? none : { byte, next: at + 3 };
  }
  if (codes[at] !== BACKSLASH) return none;
  const first = afterBackslashes(from, at);
  if (first + 3 > length) return none;
  if (codes[first] === X) {
    const byte = hexAt(codes, first + 1, first + 3);
    return byte < 0 ? none : { byte, next: first + 3 };
  }
  const digits = codes.subarray(first, first + 3);
  if (!digits.every(isOctal)) return none;
  const byte = digits.reduce((value, digit) => value * 8 + digit - ZERO, 0);
  return byte > 255 ? none : { byte, next: first + 3 };
}

/** Reads the rest of a character in UTF-8 after its first byte. */
function readCharacter(from: Skeleton, { byte, next }: { byte: number; next: number }): Escape {
  const more = byte < 0xc2 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : byte < 0xf5 ? 3 : 0;
  const alone = { code: byte, next, open: false };
  let code = byte & (0x3f >> more);
  for (let left = more; left > 0; left--) {
    const rest = readByte(from, next);
    if (rest.byte >> 6 !== 2) {
      return { ...alone, open: next + MAX_BACKSLASHES + 3 > from.length };
    }
    code = (code << 6) | (rest.byte & 0x3f);
    next = rest.next;
  }
  return more === 0 ? alone : { code, next, open: false };
}

function afterBackslashes({ codes, length }: Skeleton, at: number): number {
  const last = Math.min(length, at + MAX_BACKSLASHES);
  let next = at + 1;
  while (next < last && codes[next] === BACKSLASH) next++;
  return next;
}

/** @returns -1 where not all are hexadecimal digits */
function hexAt(codes: Uint16Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const lower = codes[i] | 32;
    const digit = isDigit(codes[i]) ? codes[i] - ZERO : lower > 96 && lower < 103 ? lower - 87 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isOctal(code: number): boolean {
  return code >= 48 && code <= 55;
}

function isWord(code: number): boolean {
  const lower = code | 32;
  return isDigit(code) || code === HASH || (lower >= 97 && lower <= 122);
}

/** The maximum number of characters that are left out in a row: what follows more is another text. */
const MAX_GAP = 80;

/**
 * Leaves out what wrapping and quoting add, marks at the beginning of lines included.
 *
 * @returns whether what is left may begin an escape
 */
function squeeze(skeleton: Skeleton): boolean {
  const { codes, starts, ends, length } = skeleton;
  let size = 0;
  let gap = 0;
  let beginsLine = false;
  let escapes = false;
  for (let i = 0; i < length; i++) {
    let code = codes[i];
    if (code === ESC && codes[i + 1] === BRACKET && i + 1 < length) {
      const next = afterSequence(codes, i + 2, length);
      if (next > length) skeleton.open = Math.min(skeleton.open, starts[i]);
      i = Math.min(next, length) - 1;
      continue;
    }
    const kind = code < 128 ? KIND[code] : INVISIBLE.test(String.fromCharCode(code)) ? DROP : KEEP;
    if (kind === DROP || code === BACKSLASH || (beginsLine && kind === MARK)) {
      if (code === NEWLINE) beginsLine = true;
      if (++gap !== MAX_GAP) continue;
      code = 0;
    } else {
      gap = 0;
      beginsLine = false;
      // base64 has two alphabets.
      if (code === UNDERSCORE) code = SLASH;
      else if (kind === ESCAPE) escapes = true;
    }
    codes[size] = code;
    starts[size] = starts[i];
    ends[size++] = ends[i];
  }
  skeleton.length = size;
  return escapes;
}

/** The index after a control sequence of a terminal, such as a colour; beyond the length where it is cut. */
function afterSequence(codes: Uint16Array, from: number, length: number): number {
  let at = from;
  while (at < length && at < from + 32 && codes[at] >= 0x20 && codes[at] <= 0x3f) at++;
  if (at === length) return length + 1;
  return codes[at] >= 0x40 && codes[at] <= 0x7e ? at + 1 : at;
}

/** Beyond ASCII, what is not seen or seen as a space, and the lines of a table or a box. */
const INVISIBLE =
  /[\x80-\xa0\xad\u034f\u061c\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2500-\u257f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff]/;

const [NEWLINE, HASH, PERCENT, AMPERSAND, SLASH, ZERO] = [10, 35, 37, 38, 47, 48];
const [SEMICOLON, BACKSLASH, UNDERSCORE, N, R, T, U, X] = [59, 92, 95, 110, 114, 116, 117, 120];
const [ESC, BRACKET, BRACE, CLOSING] = [27, 91, 123, 125];
const [KEEP, DROP, ESCAPE, MARK] = [0, 1, 2, 3];

/** What is done with a character of ASCII. */
const KIND = new Uint8Array(128);
KIND.fill(DROP, 0, 33).fill(DROP, 127);
for (const sign of "\"'+-") KIND[sign.charCodeAt(0)] = DROP;
for (const sign of "\\%&") KIND[sign.charCodeAt(0)] = ESCAPE;
for (const sign of ">#|*") KIND[sign.charCodeAt(0)] = MARK;
