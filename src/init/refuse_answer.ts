/** Why a text can be neither an aim nor a line of the PLAYBOOK; `null`: it can. */
export function refuseLine(text: string): string | null {
  if (text === "") return "it is empty";
  if (text.length > 400) return `it has ${text.length} characters, at most 400 are taken`;
  if (!text.isWellFormed() || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) {
    return "it must be one line without control characters";
  }
  return null;
}

/** Reads dollars a day: `null` for `none`, `undefined` for what is no such answer. */
export function parseUsd(text: string): number | null | undefined {
  if (text === "none") return null;
  const usd = Number(text.replace(/^\$/, ""));
  return /^\$?\d+(\.\d+)?$/.test(text) && usd <= 1_000_000 ? usd : undefined;
}
