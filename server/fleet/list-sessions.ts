// The sessions of one server on one load balancer, as `show sess` tells them. HAProxy stops all its traffic threads while
// it lists (haproxy.md 6), so a process with many connections is not listed at all.
import { parseShowInfo } from "#lib/haproxy/show-info.ts";
import { parseShowSess, type Session } from "#lib/haproxy/show-sess.ts";
import { UnreadableReply } from "#lib/haproxy/unreadable.ts";
import type { Poller } from "./poller.ts";

/** 20,000 sessions are about 5 MB and 60 ms of stopped traffic: above this it is not worth it. */
export const LIST_UP_TO_CONNECTIONS = 20_000;

/** HAProxy answered and its list was not taken; the message is one sentence for people. */
export class NotListed extends Error {
  readonly code: "another-process" | "too-many";
  constructor(code: NotListed["code"], message: string) {
    super(message);
    this.name = "NotListed";
    this.code = code;
  }
}

export interface ListOptions {
  signal?: AbortSignal;
  /** however many connections are open */
  isForced?: boolean;
  /** of requests, where HAProxy tells */
  withPath?: boolean;
}

/**
 * @param of null: the sessions of every server
 * Throws NotListed, UnreadableReply, and RuntimeError when HAProxy does not answer.
 */
export async function listSessions(
  poller: Poller,
  of: { backend: string; server: string } | null,
  { signal, isForced = false, withPath = false }: ListOptions = {},
): Promise<Session[]> {
  const only = knowsFilter(poller.view.head.version) ? of : null;
  const reply = await poller.client.send({ kind: "show-sessions", only, withPath }, signal);
  const blank = reply.indexOf("\n\n");
  if (blank < 0) throw new UnreadableReply(`the reply to "show info;show sess" was cut`);
  const info = parseShowInfo(reply.slice(0, blank + 1));
  if (info.isStopping || info.pid !== poller.model.process?.pid)
    throw new NotListed("another-process", "Another process answered (a reload).");
  if (!isForced && (info.currConns ?? 0) > LIST_UP_TO_CONNECTIONS)
    throw new NotListed("too-many", `${info.currConns} connections are open; listing them would hold up traffic.`);
  const sessions = parseShowSess(reply.slice(blank + 2));
  return of === null ? sessions : sessions.filter((one) => one.backend === of.backend && one.server === of.server);
}

/** `show sess server B/S` is known from 3.2; before, the words are ignored and everything comes. */
export function knowsFilter(version: string | null): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version ?? "") ?? [];
  return Number(major) > 3 || (Number(major) === 3 && Number(minor) >= 2);
}
