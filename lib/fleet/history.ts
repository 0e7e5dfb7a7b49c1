// History of one load balancer's servers: sessions and arrivals, 10 minutes by the second and 24 hours by the minute.
//
// Memory: a server that ever had traffic costs 600 * (4 + 2) + 1,440 * (4 + 2) = 12,240 bytes of typed arrays plus about
// 400 bytes around them; a server that never had traffic costs nothing. `npm run bench` measures it.
// All servers of a load balancer are observed by the same poll, so the stamps that tell which lap of the ring a slot
// belongs to are kept once for all of them.
import type { ServerId } from "#lib/haproxy/names.ts";

export const SECONDS = 600;
export const MINUTES = 1_440;
const MAX_ARRIVALS = 0xffff;

interface Ring {
  readonly secSessions: Uint32Array;
  readonly secArrivals: Uint16Array;
  /** highest count within the minute */
  readonly minSessions: Uint32Array;
  /** arrivals within the minute, as arrivals a second: 11 bits of precision are enough for a chart */
  readonly minArrivals: Float16Array;
  minuteArrivals: number;
}

export interface Series {
  readonly stepMs: number;
  /** oldest first; null: not observed */
  readonly sessions: (number | null)[];
  /** a second; null: not observed */
  readonly arrivals: (number | null)[];
}

/** The steps of a stretch of time that ends now. They begin at multiples of their length, so that two calls agree. */
export function historySteps(nowMs: number, spanMs: number, stepMs: number) {
  const stepSec = Math.max(1, Math.round(stepMs / 1000));
  const count = Math.max(1, Math.ceil(spanMs / 1000 / stepSec));
  const fromSec = (Math.floor(nowMs / 1000 / stepSec) - count + 1) * stepSec;
  return { fromSec, stepSec, count };
}

export class History {
  readonly #rings = new Map<ServerId, Ring>();
  readonly #secStamp = new Float64Array(SECONDS).fill(-1);
  readonly #minStamp = new Float64Array(MINUTES).fill(-1);
  #ids: readonly ServerId[] = [];
  #byIndex: (Ring | undefined)[] = [];
  #second = -1;
  #minute = -1;
  #secSlot = 0;
  #minSlot = 0;
  #isNewSecond = true;
  #isNewMinute = true;

  /** The servers, in the order `add` will name them by index. Servers not in it are forgotten. */
  layout(ids: readonly ServerId[]): void {
    const present = new Set(ids);
    for (const id of this.#rings.keys()) if (!present.has(id)) this.#rings.delete(id);
    this.#ids = ids;
    this.#byIndex = ids.map((id) => this.#rings.get(id));
  }

  /** Opens the slot of one poll; then `add` for every server of the layout. Returns true when a new minute began. */
  open(atSec: number): boolean {
    const minute = Math.floor(atSec / 60);
    this.#isNewMinute = minute !== this.#minute;
    this.#isNewSecond = atSec !== this.#second;
    this.#second = atSec;
    this.#minute = minute;
    this.#secSlot = mod(atSec, SECONDS);
    this.#minSlot = mod(minute, MINUTES);
    this.#secStamp[this.#secSlot] = atSec;
    this.#minStamp[this.#minSlot] = minute;
    return this.#isNewMinute;
  }

  /** @param arrivals since the poll before */
  add(index: number, sessions: number, arrivals: number): void {
    let ring = this.#byIndex[index];
    if (ring === undefined) {
      if (sessions === 0 && arrivals === 0) return;
      ring = newRing();
      this.#byIndex[index] = ring;
      const id = this.#ids[index];
      if (id !== undefined) this.#rings.set(id, ring);
    }
    const s = this.#secSlot;
    const m = this.#minSlot;
    ring.secSessions[s] = sessions;
    ring.secArrivals[s] = Math.min(MAX_ARRIVALS, (this.#isNewSecond ? 0 : (ring.secArrivals[s] ?? 0)) + arrivals);
    if (this.#isNewMinute) {
      ring.minSessions[m] = sessions;
      ring.minuteArrivals = arrivals;
    } else {
      if (sessions > (ring.minSessions[m] ?? 0)) ring.minSessions[m] = sessions;
      ring.minuteArrivals += arrivals;
    }
    ring.minArrivals[m] = ring.minuteArrivals / 60;
  }

  /** Highest session count over the last `minutes`, this one included. */
  peak(id: ServerId, minutes: number): number {
    const ring = this.#rings.get(id);
    if (ring === undefined) return 0;
    let peak = 0;
    for (let back = 0; back < Math.min(minutes, MINUTES); back++) {
      const minute = this.#minute - back;
      const m = mod(minute, MINUTES);
      if (this.#minStamp[m] === minute) peak = Math.max(peak, ring.minSessions[m] ?? 0);
    }
    return peak;
  }

  /**
   * @param fromSec first step begins here (a multiple of stepSec reads best)
   * @param stepSec whole seconds; from 60 on, or when older than the second ring, minutes are read
   */
  series(id: ServerId, fromSec: number, stepSec: number, count: number): Series {
    const sessions: (number | null)[] = [];
    const arrivals: (number | null)[] = [];
    const byMinute = stepSec >= 60 || fromSec < this.#second - SECONDS + 1;
    for (let i = 0; i < count; i++) {
      const from = fromSec + i * stepSec;
      const read = byMinute ? this.#readMinutes(id, from, stepSec) : this.#readSeconds(id, from, stepSec);
      sessions.push(read === null ? null : read.sessions);
      arrivals.push(read === null ? null : read.arrivals);
    }
    return { stepMs: stepSec * 1000, sessions, arrivals };
  }

  #readSeconds(id: ServerId, from: number, stepSec: number): { sessions: number; arrivals: number } | null {
    const ring = this.#rings.get(id);
    let seen = 0;
    let sessions = 0;
    let arrivals = 0;
    for (let sec = from; sec < from + stepSec; sec++) {
      const s = mod(sec, SECONDS);
      if (this.#secStamp[s] !== sec) continue;
      seen++;
      sessions = ring?.secSessions[s] ?? 0;
      arrivals += ring?.secArrivals[s] ?? 0;
    }
    return seen === 0 ? null : { sessions, arrivals: round1(arrivals / seen) };
  }

  #readMinutes(id: ServerId, from: number, stepSec: number): { sessions: number; arrivals: number } | null {
    const ring = this.#rings.get(id);
    const first = Math.floor(from / 60);
    const last = Math.max(first + 1, Math.ceil((from + stepSec) / 60));
    let seen = 0;
    let sessions = 0;
    let arrivals = 0;
    for (let minute = first; minute < last; minute++) {
      const m = mod(minute, MINUTES);
      if (this.#minStamp[m] !== minute) continue;
      seen++;
      sessions = Math.max(sessions, ring?.minSessions[m] ?? 0);
      arrivals += ring?.minArrivals[m] ?? 0;
    }
    return seen === 0 ? null : { sessions, arrivals: Math.round((arrivals / seen) * 100) / 100 };
  }
}

/** One buffer for all four: tens of thousands of small ones cost the allocator more than they hold. */
function newRing(): Ring {
  const bytes = new ArrayBuffer((SECONDS + MINUTES) * 6);
  const secArrivalsAt = (SECONDS + MINUTES) * 4;
  return {
    secSessions: new Uint32Array(bytes, 0, SECONDS),
    minSessions: new Uint32Array(bytes, SECONDS * 4, MINUTES),
    secArrivals: new Uint16Array(bytes, secArrivalsAt, SECONDS),
    minArrivals: new Float16Array(bytes, secArrivalsAt + SECONDS * 2, MINUTES),
    minuteArrivals: 0,
  };
}

function mod(value: number, size: number): number {
  return ((value % size) + size) % size;
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}
