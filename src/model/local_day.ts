/** The day of a date in the host's time zone: `2026-11-23`. */
export function localDay(at: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** When the day of a date began in the host's time zone. */
export function startOfDay(at: Date): Date {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate());
}

/**
 * Gives the local day of one time after another, ISO 8601; quick where many of the same day follow each
 * other, as in a ledger. `null` for what is no time.
 */
export function dayReader(): (iso: string) => string | null {
  let [from, to, day] = ["", "", ""];
  return (iso) => {
    // Times of this form sort as texts do.
    if (iso.length === 24 && iso >= from && iso < to) return day;
    const at = new Date(iso);
    if (Number.isNaN(at.getTime())) return null;
    const start = startOfDay(at);
    from = start.toISOString();
    to = new Date(start.getFullYear(), start.getMonth(), start.getDate() + 1).toISOString();
    return day = localDay(at);
  };
}
