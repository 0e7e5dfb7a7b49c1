// Refused attempts that strangers can cause at will: wrong passwords, requests without a credential, rubbish. Each is
// worth a row, but nobody may fill the disk with them. Within a window the first ones of a kind (same action, same actor, same method and path,
// same address) are written as they come, the others are counted, and one row at the window's end says how many. Over all
// kinds there is room for so many rows at once and one more a minute. Windows grow while an attack lasts: whatever comes,
// it is some thousand rows a day.
import { span } from "#lib/util/format.ts";
import type { AuditEvent } from "./audit.ts";

const WRITTEN_OF_A_KIND = 3;

/** So many rows may be written at once, and so many kinds are told apart in a window. */
export interface AttemptRoom {
  rows: number;
  kinds: number;
}
/** Of strangers; and of people and tokens that are known, who must not vanish among them. */
export const strangersRoom: AttemptRoom = { rows: 30, kinds: 20 };
export const knownRoom: AttemptRoom = { rows: 300, kinds: 200 };
/** one row a minute comes back */
const ROOM_BACK_MS = 60_000;
const REMEMBERED_REQUESTS = 1_000;
const FIRST_WINDOW_MS = 60_000;
const LONGEST_WINDOW_MS = 15 * 60_000;

export const nobody = { kind: "nobody", id: "", name: "nobody" } as const;

interface Kind {
  written: number;
  counted: number;
  newest: AuditEvent;
}

export interface AttemptsOptions {
  room: AttemptRoom;
  write: (event: AuditEvent) => Promise<unknown>;
  failed: (error: unknown) => void;
}

export class Attempts {
  readonly #options: AttemptsOptions;
  readonly #recent = new Set<string>();
  readonly #kinds = new Map<string, Kind>();
  /** of more kinds than a window tells apart */
  #others: Kind | null = null;
  #room: number;
  #roomAtMs = Number.NEGATIVE_INFINITY;
  #startedAtMs = Number.NEGATIVE_INFINITY;
  #windowMs = FIRST_WINDOW_MS;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AttemptsOptions) {
    this.#options = options;
    this.#room = options.room.rows;
  }

  /** Was it counted or written lately? */
  knows(requestId: string): boolean {
    return this.#recent.has(requestId);
  }

  /** Never throws: a full disk must not keep the team out. */
  async add(event: AuditEvent): Promise<void> {
    this.#recent.add(event.requestId);
    for (const oldest of this.#recent) {
      if (this.#recent.size <= REMEMBERED_REQUESTS) break;
      this.#recent.delete(oldest);
    }
    if (event.at - this.#startedAtMs >= this.#windowMs) await this.#next(event.at);
    const kind = this.#kindOf(event);
    if (kind.written >= WRITTEN_OF_A_KIND || !this.#takeRoom(event)) {
      kind.counted++;
      kind.newest = kind === this.#others ? { ...kind.newest, at: event.at } : event;
      this.#timer ??= setTimeout(() => void this.flush(), this.#windowMs).unref();
      return;
    }
    kind.written++;
    await this.#write(event);
  }

  /** Writes what was counted; the next attempt begins a new window. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const counted = [...this.#kinds.values(), this.#others].filter((kind) => kind !== null && kind.counted > 0);
    const sinceMs = this.#startedAtMs;
    this.#kinds.clear();
    this.#others = null;
    this.#startedAtMs = Number.NEGATIVE_INFINITY;
    this.#windowMs = counted.length === 0 ? FIRST_WINDOW_MS : Math.min(this.#windowMs * 2, LONGEST_WINDOW_MS);
    for (const kind of counted) if (kind !== null) await this.#write(summaryOf(kind, sinceMs));
  }

  async #next(at: number): Promise<void> {
    await this.flush();
    this.#startedAtMs = at;
  }

  #takeRoom({ at, action }: AuditEvent): boolean {
    this.#room = Math.min(this.#options.room.rows, this.#room + Math.max(0, at - this.#roomAtMs) / ROOM_BACK_MS);
    this.#roomAtMs = at;
    if (this.#room < 1 + this.#keptFrom(action, this.#options.room.rows)) return false;
    this.#room--;
    return true;
  }

  /** Requests are of as many kinds as there are paths: half the room stays for what names its action. */
  #keptFrom(action: string, room: number): number {
    return action === "request:refused" ? Math.floor(room / 2) : 0;
  }

  #kindOf(event: AuditEvent): Kind {
    const key = `${event.action}\n${event.actor.kind}\n${event.actor.id}\n${event.remoteAddress ?? ""}\n${requestOf(event)}`;
    const known = this.#kinds.get(key);
    if (known !== undefined) return known;
    if (this.#kinds.size + this.#keptFrom(event.action, this.#options.room.kinds) < this.#options.room.kinds) {
      const kind = { written: 0, counted: 0, newest: event };
      this.#kinds.set(key, kind);
      return kind;
    }
    const newest = { ...event, action: "request:refused", actor: nobody, remoteAddress: null, via: "system" } as const;
    this.#others ??= { written: WRITTEN_OF_A_KIND, counted: 0, newest };
    return this.#others;
  }

  async #write(event: AuditEvent): Promise<void> {
    try {
      await this.#options.write(event);
    } catch (error) {
      this.#options.failed(error);
    }
  }
}

/** `GET /api/v1/servers/…`: one kind, whatever is named behind it; empty: no request over HTTP. */
function requestOf({ detail }: AuditEvent): string {
  const { method, path } = (detail ?? {}) as { method?: unknown; path?: unknown };
  if (typeof method !== "string" || typeof path !== "string") return "";
  const parts = path.split("/").slice(1);
  const kept = parts[0] === "api" ? 3 : 1;
  return `${method} /${parts.slice(0, kept).join("/")}${parts.length > kept ? "/…" : ""}`;
}

function summaryOf({ counted, newest }: Kind, sinceMs: number): AuditEvent {
  const { answer: _answer, target: _target, reason: _reason, ...facts } = newest;
  const detail = { attempts: counted, since: new Date(sinceMs).toISOString(), newest: newest.detail };
  const request = requestOf(newest);
  const what = request === "" || (newest.actor === nobody && newest.via === "system") ? "like this" : `like ${request}`;
  return { ...facts, answer: `${counted} more ${what} within ${span(Math.max(1_000, newest.at - sinceMs))}.`, detail };
}
