/** How many days around a time the reference looks. */
const DAYS = 40;
const DAY_MS = 86_400_000;

/**
 * Finds the slots around a time without a cron library. A time of day without `*` and steps is a slot at its first instant,
 * or where the clock skips it, at the jump; otherwise each minute at which the clock shows a time that matches is a slot.
 *
 * @returns the newest slot at or before the time and the first one after it; `null`: none between `from` and `to`
 */
export function slotsByTemporal(cron: string, tz: string, now: Date) {
  const [minutes, hours, days, months, weekdays] = cron.split(" ");
  const [minuteSet, hourSet] = [valuesOf(minutes, 0, 59), valuesOf(hours, 0, 23)];
  const isFixed = !/[*/]/.test(`${minutes} ${hours}`);
  const monthSet = valuesOf(months, 1, 12, MONTHS);
  const today = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(tz)
    .toPlainDate();
  const slotsOn = (day: Temporal.PlainDate): number[] => {
    if (!monthSet.has(day.month)) return [];
    const ofMonth = isDayOfMonth(days, day);
    const ofWeek = isDayOfWeek(weekdays, day);
    // Where both are restricted, either suffices.
    const both = days !== "*" && weekdays !== "*";
    if (both ? !(ofMonth || ofWeek) : !(ofMonth && ofWeek)) return [];
    const found = slotsAt(day, tz, { hourSet, minuteSet, isFixed });
    return found.sort((a, b) => a - b);
  };
  const at = now.getTime();
  let [newest, next]: [number | null, number | null] = [null, null];
  // A zone may skip a day.
  for (let i = 2; i >= -DAYS && newest === null; i--) {
    newest = slotsOn(today.add({ days: i })).filter((slot) => slot <= at).at(-1) ?? null;
  }
  for (let i = -2; i <= DAYS && next === null; i++) {
    next = slotsOn(today.add({ days: i })).find((slot) => slot > at) ?? null;
  }
  const date = (ms: number | null) => ms === null ? null : new Date(ms);
  const edge = (i: number) => new Date(at + i * (DAYS - 3) * DAY_MS);
  return { newest: date(newest), next: date(next), from: edge(-1), to: edge(1) };
}

interface Times {
  hourSet: Set<number>;
  minuteSet: Set<number>;
  /** Each is one slot a day. */
  isFixed: boolean;
}

function slotsAt(day: Temporal.PlainDate, tz: string, { hourSet, minuteSet, isFixed }: Times) {
  const midnight = day.toZonedDateTime(tz);
  const change = midnight.subtract({ hours: 3 }).getTimeZoneTransition("next");
  const isPlain = change === null ||
    change.epochMilliseconds > midnight.epochMilliseconds + 27 * 3_600_000;
  const found: number[] = [];
  if (!isFixed && !isPlain) {
    // Minute by minute, in case the clock shows this day twice.
    const after = change.offsetNanoseconds / 1e6;
    const before = change.subtract({ nanoseconds: 1 }).offsetNanoseconds / 1e6;
    const number = Date.UTC(day.year, day.month - 1, day.day) / DAY_MS;
    for (let i = -180; i < 27 * 60; i++) {
      const at = midnight.epochMilliseconds + i * 60_000;
      const wall = at + (at < change.epochMilliseconds ? before : after);
      const ofDay = Math.floor(wall / 60_000) - number * 1440;
      if (ofDay < 0 || ofDay >= 1440) continue;
      if (hourSet.has(Math.floor(ofDay / 60)) && minuteSet.has(ofDay % 60)) found.push(at);
    }
    return found;
  }
  for (const hour of hourSet) {
    for (const minute of minuteSet) {
      if (isPlain) found.push(midnight.epochMilliseconds + (hour * 60 + minute) * 60_000);
      else found.push(...instantOf(day.toPlainDateTime({ hour, minute }), tz));
    }
  }
  return found;
}

/** None for a day that a zone skips. */
function instantOf(wall: Temporal.PlainDateTime, tz: string): number[] {
  const earlier = wall.toZonedDateTime(tz, { disambiguation: "earlier" });
  if (earlier.toPlainDateTime().equals(wall)) return [earlier.epochMilliseconds];
  // The clock skips it: the time with the offset after the jump lies before the jump.
  const jump = earlier.getTimeZoneTransition("next")!;
  return jump.toPlainDate().equals(wall.toPlainDate()) ? [jump.epochMilliseconds] : [];
}

function isDayOfMonth(field: string, day: Temporal.PlainDate): boolean {
  return field === "L" ? day.day === day.daysInMonth : valuesOf(field, 1, 31).has(day.day);
}

/** `5#2` is the second Friday, `5L` the last one. */
function isDayOfWeek(field: string, day: Temporal.PlainDate): boolean {
  const [, weekday, nth] = /^(\d)(?:#(\d)|L)$/.exec(field) ?? [];
  if (weekday === undefined) return valuesOf(field, 0, 7, WEEKDAYS).has(day.dayOfWeek % 7);
  if (day.dayOfWeek % 7 !== Number(weekday) % 7) return false;
  return nth === undefined ? day.day + 7 > day.daysInMonth : Math.ceil(day.day / 7) === Number(nth);
}

const MONTHS = "_ JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
const WEEKDAYS = "SUN MON TUE WED THU FRI SAT".split(" ");

function valuesOf(field: string, min: number, max: number, names: string[] = []): Set<number> {
  const found = new Set<number>();
  for (const item of field.split(",")) {
    const [range, step = "1"] = item.split("/");
    const number = (text: string) => names.includes(text) ? names.indexOf(text) : Number(text);
    const [from, to = range] = range === "*" ? [`${min}`, `${max}`] : range.split("-");
    for (let n = number(from); n <= number(to); n += Number(step)) {
      found.add(names === WEEKDAYS ? n % 7 : n);
    }
  }
  return found;
}
