// Slows guessing without a lock that a stranger could turn against the team.
// An IPv6 address counts as its /64, for whoever has one has all of those.
// - The same address on the same name: after some failures it waits, twice as long each time, up to a minute.
// - One address on many names: the same with more room, for an office behind one address.
// - One name from many addresses: every attempt is answered later (up to a second), never refused.
// An attempt counts when it begins, so a thousand at once are no way around it; a right password clears its own pair.

import { customerOf } from "./networks.ts";

export interface ThrottleLimits {
  pairFree: number;
  addressFree: number;
  nameFree: number;
  longestWaitMs: number;
  longestDelayMs: number;
}

const defaultLimits: ThrottleLimits = {
  pairFree: 5,
  addressFree: 50,
  nameFree: 20,
  longestWaitMs: 60_000,
  longestDelayMs: 1_000,
};

/** After this long without an attempt a count starts again. */
const FORGET_AFTER_MS = 15 * 60_000;
/** About 4 MB at the most, for a name counts by its first characters: longer ones are nobody's. */
const MAX_COUNTS = 20_000;
const MAX_KEY_CHARS = 64;

interface Count {
  attempts: number;
  lastAt: number;
  refusedUntil: number;
}

export type Attempt = { ok: true; delayMs: number } | { ok: false; retryAfterMs: number };

export class Throttle {
  readonly #limits: ThrottleLimits;
  readonly #counts = new Map<string, Count>();

  constructor(limits: Partial<ThrottleLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits };
  }

  begin(name: string, address: string, now: number): Attempt {
    const pair = this.#count(pairKey(name, address), now);
    const from = this.#count(addressKey(address), now);
    const retryAfterMs = Math.max(pair.refusedUntil, from.refusedUntil) - now;
    if (retryAfterMs > 0) return { ok: false, retryAfterMs };
    const onName = this.#count(nameKey(name), now);
    this.#add(pair, this.#limits.pairFree, now);
    this.#add(from, this.#limits.addressFree, now);
    onName.attempts++;
    const over = onName.attempts - this.#limits.nameFree;
    return { ok: true, delayMs: Math.min(Math.max(0, over) * 50, this.#limits.longestDelayMs) };
  }

  /** how many counts are kept, never more than a bound */
  get size(): number {
    return this.#counts.size;
  }

  succeeded(name: string, address: string): void {
    this.#counts.delete(pairKey(name, address));
    for (const key of [addressKey(address), nameKey(name)]) {
      const count = this.#counts.get(key);
      if (count === undefined) continue;
      count.attempts = Math.max(0, count.attempts - 1);
      count.refusedUntil = 0;
    }
  }

  #add(count: Count, free: number, now: number): void {
    count.attempts++;
    const over = count.attempts - free;
    if (over >= 0) count.refusedUntil = now + Math.min(1_000 * 2 ** Math.min(over, 20), this.#limits.longestWaitMs);
  }

  #count(key: string, now: number): Count {
    const held = this.#counts.get(key);
    // Deleting first keeps the map in order of use: the oldest is the one to forget.
    this.#counts.delete(key);
    const fresh = held === undefined || now - held.lastAt > FORGET_AFTER_MS;
    const count = fresh ? { attempts: 0, lastAt: now, refusedUntil: 0 } : held;
    count.lastAt = now;
    this.#counts.set(key, count);
    if (this.#counts.size > MAX_COUNTS) {
      const [oldest] = this.#counts.keys();
      if (oldest !== undefined) this.#counts.delete(oldest);
    }
    return count;
  }
}

function pairKey(name: string, address: string): string {
  return `pair ${customerOf(address)} ${shortened(name)}`;
}

function addressKey(address: string): string {
  return `address ${customerOf(address)}`;
}

function nameKey(name: string): string {
  return `name ${shortened(name)}`;
}

function shortened(name: string): string {
  return name.slice(0, MAX_KEY_CHARS).toLowerCase();
}
