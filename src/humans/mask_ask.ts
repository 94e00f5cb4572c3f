import type { Ask } from "../model/ask.ts";
import { type Mask, MASKED } from "../model/mask.ts";

/**
 * Masks what of an ask is to be read. The move of an approval stays as it is, since a yes is bound to its digest; so
 * does the answer to a worker, until the ask is closed: it is to get what the person typed.
 */
export function maskAsk(mask: Mask, ask: Ask): Ask {
  if (mask.idle) return ask;
  const { question, options, ref, approval, answer, worker, closed_by } = ask;
  const isAwaited = worker !== undefined && closed_by === undefined;
  return {
    ...ask,
    question: mask(question),
    ...(options && { options: options.map(mask) }),
    ...(ref !== undefined && { ref: mask(ref) }),
    ...(approval && { approval: { ...approval, preview: mask(approval.preview) } }),
    ...(answer && !isAwaited && { answer: { ...answer, text: mask(answer.text) } }),
  };
}

/** Tells whether a question is the one that stands in an ask, whichever of its secrets are masked there. */
export function isSameQuestion(shown: string, asked: string): boolean {
  const parts = shown.split(new RegExp(MASKED, "g"));
  const [first, last] = [parts[0], parts[parts.length - 1]];
  if (parts.length === 1) return shown === asked;
  if (shown === asked) return true;
  if (!asked.startsWith(first) || !asked.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    at = asked.indexOf(part, at);
    if (at < 0) return false;
    at += part.length;
  }
  return at <= asked.length - last.length;
}
