/** The candidate that a mistyped word most likely means; `null` when none is close. */
export function nearest(word: string, candidates: string[]): string | null {
  const most = word.length < 3 ? 1 : word.length < 6 ? 2 : 3;
  let best: string | null = null;
  let least = most + 1;
  for (const candidate of candidates) {
    const begun = word.length > 1 && candidate.startsWith(word);
    const distance = begun ? 1 : editDistance(word, candidate);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Levenshtein's: how many letters to insert, drop or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}
