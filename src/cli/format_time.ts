/** The time of day in the host's time zone: `09:30:12`. */
export function clockTime(at: Date): string {
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits).join(":");
}

/** A date and time in the host's time zone: `2026-11-23 09:30`. */
export function dateTime(at: Date): string {
  const day = [at.getFullYear(), at.getMonth() + 1, at.getDate()].map(twoDigits).join("-");
  return `${day} ${twoDigits(at.getHours())}:${twoDigits(at.getMinutes())}`;
}

/** A length of time in its largest sensible unit: `40 s`, `5 min`, `3 h`, `2 days`. Less than none is none. */
export function duration(ms: number): string {
  const s = Math.max(Math.round(ms / 1000), 0);
  if (s < 100) return `${s} s`;
  if (s < 100 * 60) return `${Math.round(s / 60)} min`;
  if (s < 48 * 3600) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86_400)} days`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
