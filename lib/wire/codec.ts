// Between views and the wire. See SPEC.md. encode* run on the server, decode*/apply* in the browser; both are pure, so
// that `apply(a, diff(a, b)) = b` is a test and not a hope.

import type { BackendRow, LoadBalancerHead, LoadBalancerView, ServerRow } from "#lib/fleet/view.ts";
import { serverId } from "#lib/haproxy/names.ts";
import type { EncodedSnapshot, LoadBalancerDelta, LoadBalancerSnapshot } from "./events.ts";
import { backendFields, serverFields } from "./fields.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeSnapshot(view: LoadBalancerView): EncodedSnapshot {
  const snapshot: LoadBalancerSnapshot = {
    head: view.head,
    epoch: view.epoch,
    rev: view.rev,
    backends: backendFields.map((field) => view.backends.map((row) => row[field])),
    servers: serverFields.map((field) => view.servers.map((row) => row[field])),
  };
  return encoder.encode(JSON.stringify(snapshot));
}

/** Accepts what socket.io delivers for binary: an ArrayBuffer in a browser, a Buffer in Node. */
export function decodeSnapshot(bytes: Uint8Array | ArrayBuffer): LoadBalancerView {
  const snapshot = JSON.parse(decoder.decode(bytes)) as LoadBalancerSnapshot;
  return {
    head: snapshot.head,
    epoch: snapshot.epoch,
    rev: snapshot.rev,
    backends: rowsOf(snapshot.backends, backendFields, (row) => row as unknown as BackendRow),
    servers: rowsOf(snapshot.servers, serverFields, finishServer),
  };
}

/**
 * What changed from `before` to `after`. Both must be of the same epoch and have the same rows (the poller starts a new
 * epoch otherwise); with nothing changed it is the heartbeat of a poll.
 */
export function diff(before: LoadBalancerView, after: LoadBalancerView, atMs: number): LoadBalancerDelta {
  const delta: LoadBalancerDelta = {
    lb: after.head.name,
    epoch: after.epoch,
    rev: after.rev,
    at: atMs,
    seen: after.head.observedAtMs,
  };
  const head = headChanges(before.head, after.head);
  if (head !== null) delta.head = head;
  const backends = rowChanges(before.backends, after.backends, backendFields);
  if (backends.length > 0) delta.backends = backends;
  const servers = rowChanges(before.servers, after.servers, serverFields);
  if (servers.length > 0) delta.servers = servers;
  return delta;
}

/** [W2] The view after the delta, or "gap" when it does not continue this view. Unchanged rows keep their identity. */
export function applyDelta(view: LoadBalancerView, delta: LoadBalancerDelta): LoadBalancerView | "gap" {
  if (delta.lb !== view.head.name || delta.epoch !== view.epoch || delta.rev !== view.rev + 1) return "gap";
  const backends = applyRows(view.backends, delta.backends, backendFields);
  const servers = applyRows(view.servers, delta.servers, serverFields);
  if (backends === "gap" || servers === "gap") return "gap";
  return {
    head: { ...view.head, ...delta.head, observedAtMs: delta.seen },
    epoch: view.epoch,
    rev: delta.rev,
    backends,
    servers,
  };
}

type Row = ServerRow | BackendRow;

function rowsOf<R extends Row>(
  columns: unknown[][],
  fields: readonly (keyof R & string)[],
  finish: (row: Record<string, unknown>) => R,
): R[] {
  const count = columns[0]?.length ?? 0;
  const rows: R[] = [];
  for (let i = 0; i < count; i++) {
    const row: Record<string, unknown> = {};
    fields.forEach((field, f) => {
      row[field] = columns[f]?.[i];
    });
    rows.push(finish(row));
  }
  return rows;
}

/** The id is not sent: it is made of the two names. */
function finishServer(row: Record<string, unknown>): ServerRow {
  row.id = serverId(String(row.backend), String(row.server));
  return row as unknown as ServerRow;
}

function headChanges(before: LoadBalancerHead, after: LoadBalancerHead): Partial<LoadBalancerHead> | null {
  const changes: Record<string, unknown> = {};
  let isChanged = false;
  for (const key of Object.keys(after) as (keyof LoadBalancerHead)[]) {
    if (key === "observedAtMs" || before[key] === after[key]) continue;
    changes[key] = after[key];
    isChanged = true;
  }
  return isChanged ? (changes as Partial<LoadBalancerHead>) : null;
}

function rowChanges<R extends Row>(before: readonly R[], after: readonly R[], fields: readonly (keyof R)[]): unknown[] {
  const flat: unknown[] = [];
  if (before === after) return flat;
  for (let i = 0; i < after.length; i++) {
    const old = before[i];
    const row = after[i];
    if (row === undefined || old === undefined || old === row) continue;
    const start = flat.length;
    let mask = 0;
    flat.push(i, mask);
    for (let f = 0; f < fields.length; f++) {
      const value = row[fields[f] as keyof R];
      if (old[fields[f] as keyof R] === value) continue;
      mask |= 1 << f;
      flat.push(value);
    }
    if (mask === 0) flat.length = start;
    else flat[start + 1] = mask;
  }
  return flat;
}

function applyRows<R extends Row>(
  rows: readonly R[],
  flat: unknown[] | undefined,
  fields: readonly (keyof R & string)[],
): readonly R[] | "gap" {
  if (flat === undefined || flat.length === 0) return rows;
  const next = rows.slice();
  let at = 0;
  while (at < flat.length) {
    const index = flat[at++] as number;
    const mask = flat[at++] as number;
    const old = next[index];
    if (old === undefined) return "gap";
    const row: Record<string, unknown> = { ...old };
    for (let f = 0; f < fields.length; f++) {
      if ((mask & (1 << f)) === 0) continue;
      row[fields[f] as string] = flat[at++];
    }
    next[index] = row as unknown as R;
  }
  return next;
}
