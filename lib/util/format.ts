// How numbers, ages and names look everywhere. Words and units follow design ui.md section 5: a space before the unit,
// 24 h clock, thousands with comma, seconds only below two minutes.

const SEC_MS = 1_000;
const MIN_MS = 60 * SEC_MS;
const HOUR_MS = 60 * MIN_MS;
const DAY_MS = 24 * HOUR_MS;
/** Seconds that tick for longer than this are noise. */
const SECONDS_UNTIL_MS = 2 * MIN_MS;

const withCommas = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** A count with room: `9,999,999`, then `12.3M`. */
export function count(n: number): string {
  return n > 9_999_999 ? millions(n) : withCommas.format(n);
}

/** A count in a narrow column, six characters at most: `99,999`, `123k`, `1.2M`. */
export function shortCount(n: number): string {
  if (n < 99_999.5) return withCommas.format(n);
  return n < 999_500 ? `${Math.round(n / 1_000)}k` : millions(n);
}

function millions(n: number): string {
  const value = n / 1_000_000;
  return `${value < 99.95 ? value.toFixed(1) : Math.round(value)}M`;
}

/** New sessions a second: one decimal only where it says something. */
export function rate(perSec: number): string {
  if (perSec === 0) return "0";
  return perSec < 9.95 ? String(Math.round(perSec * 10) / 10) : shortCount(perSec);
}

/** One unit, for columns: `4 s`, `12 min`, `3 h`, `3 d`. */
export function shortSpan(ms: number): string {
  const span = Math.max(0, ms);
  if (span < SECONDS_UNTIL_MS) return `${Math.floor(span / SEC_MS)} s`;
  if (span < HOUR_MS) return `${Math.floor(span / MIN_MS)} min`;
  if (span < 2 * DAY_MS) return `${Math.floor(span / HOUR_MS)} h`;
  return `${Math.floor(span / DAY_MS)} d`;
}

/** For sentences: `47 s`, `12 min`, `3 h 12 min`, `3 d`. */
export function span(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < HOUR_MS || whole >= DAY_MS) return shortSpan(whole);
  const minutes = Math.floor((whole % HOUR_MS) / MIN_MS);
  const hours = `${Math.floor(whole / HOUR_MS)} h`;
  return minutes === 0 ? hours : `${hours} ${minutes} min`;
}

/** Age of data that should be young: tenths below ten seconds, `0.4 s`. */
export function dataAge(ms: number): string {
  const age = Math.max(0, ms);
  return age < 9_950 ? `${(age / SEC_MS).toFixed(1)} s` : span(age);
}

/** `14:06:31` in the reader's time zone. */
export function clockTime(ms: number): string {
  const at = new Date(ms);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** `14:06`: a time nobody needs to the second. */
export function clockMinute(ms: number): string {
  return clockTime(ms).slice(0, 5);
}

function two(n: number): string {
  return String(n).padStart(2, "0");
}

/** Names differ most at their ends: the middle goes. `api-prod-eu-07` in 11 is `api-p…eu-07`. */
export function cutMiddle(text: string, max: number): string {
  if (text.length <= max) return text;
  const tail = Math.floor((max - 1) / 2);
  return `${text.slice(0, max - 1 - tail)}…${text.slice(text.length - tail)}`;
}

/** `lb1`, `lb1 and lb2`, `lb1, lb2 and lb3`. */
export function listOf(names: readonly string[]): string {
  if (names.length < 2) return names[0] ?? "";
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** `1 server`, `3 servers`. */
export function plural(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
}
