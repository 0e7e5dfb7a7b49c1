// What an admin does with API tokens and wall links: make (the secret is in that one answer and nowhere else), list, revoke.
import { shownName } from "#lib/auth/actor.ts";
import { isWithin } from "#lib/auth/permissions.ts";
import type {
  AddedTokenBody,
  AddedWallLinkBody,
  AddToken,
  AddWallLink,
  TokenBody,
  WallLinkBody,
} from "#lib/wire/tokens.ts";
import { runRequest } from "#server/ops/audited.ts";
import { ProblemError } from "#server/ops/problem-error.ts";
import type { Call } from "#server/ops/verb.ts";
import type { Token } from "#server/store/tokens.ts";
import type { WallLink } from "#server/store/wall-links.ts";
import type { ManageOptions } from "./manage-people.ts";
import { personNamed } from "./names.ts";
import { newId, newToken, sha256 } from "./secrets.ts";
import { accessWords } from "./words.ts";

export interface ManageTokens {
  /** newest first, revoked ones left out */
  list(): Promise<TokenBody[]>;
  add(call: Call, input: AddToken): Promise<AddedTokenBody>;
  revoke(call: Call, id: string): Promise<void>;
}

export interface ManageWallLinks {
  list(): Promise<WallLinkBody[]>;
  /** @param baseUrl where screens reach the app, without a slash at the end */
  add(call: Call, input: AddWallLink, baseUrl: string): Promise<AddedWallLinkBody>;
  revoke(call: Call, id: string): Promise<void>;
}

const common = { permission: "tokens:write", backends: [], reason: null } as const;

export function manageTokens({ store, context, changed }: ManageOptions): ManageTokens {
  const { now } = context;
  return {
    list: async () => (await store.tokens.list()).map((token) => tokenBody(token, now())),

    add(call, { name, role, backends = null, expiresAt = null }) {
      const { token, prefix } = newToken("api");
      const made = {
        id: newId(),
        name,
        role,
        backends,
        prefix,
        createdAt: now(),
        createdBy: shownName(call.actor),
        expiresAt,
      };
      return runRequest(context, call, {
        ...{ ...common, action: "tokens:add", target: name },
        check: () => {
          refusePast(expiresAt, now());
          if (!isWithin(call.actor, role, backends))
            throw new ProblemError(
              "not-allowed",
              `${shownName(call.actor)} may not make a token that may do more than ${shownName(call.actor)} does.`,
            );
          return { tokenId: made.id, expiresAt };
        },
        act: async () => {
          await refuseNamed(store, name);
          await store.tokens.add(sha256(token), made);
          return { ...tokenBody({ ...made, revokedAt: null, lastUsedAt: null, lastUsedFrom: null }, now()), token };
        },
        after: () => ({ after: accessWords(made), detail: { tokenId: made.id } }),
      });
    },

    async revoke(call, id) {
      const found = (await store.tokens.list()).find((one) => one.id === id);
      if (found === undefined) throw notThere("token", id, "/api/v1/tokens");
      await runRequest(context, call, {
        ...{ ...common, action: "tokens:revoke", target: found.name },
        check: () => ({ tokenId: id, before: accessWords(found) }),
        act: async () => {
          if ((await store.tokens.revoke(id, now())) === null) throw notThere("token", id, "/api/v1/tokens");
        },
        after: () => ({ after: "revoked", detail: { tokenId: id } }),
      });
      changed();
    },
  };
}

export function manageWallLinks({ store, context, changed }: ManageOptions): ManageWallLinks {
  const { now } = context;
  return {
    list: async () => (await store.wallLinks.list()).map((link) => wallLinkBody(link, now())),

    add(call, { name, expiresAt = null }, baseUrl) {
      const { token, prefix } = newToken("wall");
      const made = { id: newId(), name, prefix, createdAt: now(), createdBy: shownName(call.actor), expiresAt };
      return runRequest(context, call, {
        ...{ ...common, action: "wall-links:add", target: name },
        check: () => {
          refusePast(expiresAt, now());
          return { wallLinkId: made.id, expiresAt };
        },
        act: async () => {
          await refuseNamed(store, name);
          await store.wallLinks.add(sha256(token), made);
          const body = wallLinkBody({ ...made, revokedAt: null, lastSeenAt: null, lastSeenFrom: null }, now());
          return { ...body, token, url: `${baseUrl}/wall?key=${token}` };
        },
        after: () => ({ after: "wall link made", detail: { wallLinkId: made.id } }),
      });
    },

    async revoke(call, id) {
      const found = (await store.wallLinks.list()).find((one) => one.id === id);
      if (found === undefined) throw notThere("wall link", id, "/api/v1/wall-links");
      await runRequest(context, call, {
        ...{ ...common, action: "wall-links:revoke", target: found.name },
        check: () => ({ wallLinkId: id }),
        act: async () => {
          if ((await store.wallLinks.revoke(id, now())) === null) throw notThere("wall link", id, "/api/v1/wall-links");
        },
        after: () => ({ after: "revoked", detail: { wallLinkId: id } }),
      });
      changed();
    },
  };
}

function tokenBody({ revokedAt: _revoked, ...token }: Token, now: number): TokenBody {
  return {
    ...token,
    prefix: token.prefix ?? "",
    createdBy: token.createdBy ?? "",
    isExpired: isExpired(token, now),
  };
}

function wallLinkBody({ revokedAt: _revoked, ...link }: WallLink, now: number): WallLinkBody {
  return { ...link, isExpired: isExpired(link, now) };
}

function isExpired({ expiresAt }: { expiresAt: number | null }, now: number): boolean {
  return expiresAt !== null && expiresAt <= now;
}

function refusePast(expiresAt: number | null, now: number): void {
  if (expiresAt !== null && expiresAt <= now)
    throw new ProblemError("malformed", "expiresAt: this time has passed already; write a later one, or leave it out.");
}

async function refuseNamed(store: ManageOptions["store"], name: string): Promise<void> {
  const taken = await personNamed(store, name);
  if (taken !== null) throw new ProblemError("conflict", taken);
}

function notThere(what: string, id: string, list: string): ProblemError {
  return new ProblemError(
    "unknown-name",
    `There is no ${what} with the id ${JSON.stringify(id)} (any more). GET ${list} lists them.`,
  );
}
