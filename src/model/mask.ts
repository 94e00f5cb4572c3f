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
