// The door: who asks, and may they? Asked from the store with every request; a refusal is a typed problem, which the edge
// notes in the audit.
import type { IncomingMessage } from "node:http";
import { type Actor, isSameAccess } from "#lib/auth/actor.ts";
import { can, couldEver, type Permission } from "#lib/auth/permissions.ts";
import type { Auth } from "#server/auth/auth.ts";
import type { Credential, OverReason } from "#server/auth/principal.ts";
import { ProblemError } from "#server/ops/problem-error.ts";
import { notAllowed } from "./problem.ts";
import type { Route } from "./route.ts";

/** How soon a waiting request notices what nobody told, such as an expiry. */
const LOOK_AGAIN_MS = 500;

export type Access = ReturnType<typeof createAccess>;

export function createAccess(auth: Pick<Auth, "credential" | "onChange">) {
  async function actorFor(req: IncomingMessage, permission: Permission, backend?: string): Promise<Actor> {
    const credential = await auth.credential(req);
    if (credential.kind !== "good") throw notSignedIn(credential);
    const { actor } = credential;
    // A wall link cannot write, whatever a route asks for.
    if (actor.kind === "wall" && !isRead(req))
      throw new ProblemError("not-allowed", "A wall link only shows; it changes nothing.");
    const isAllowed = backend === undefined ? couldEver(actor, permission) : can(actor, permission, backend);
    if (!isAllowed) throw notAllowed(permission, actor, backend);
    return actor;
  }

  return {
    /** Throws ProblemError: not signed in, or not allowed. */
    actorFor,

    /** Where the path has a `:backend`, a limit to backends is checked with it. Null: it needs nobody. */
    async forRoute(
      req: IncomingMessage,
      { permission }: Route,
      { backend }: Readonly<Record<string, string>>,
    ): Promise<Actor | null> {
      return permission === "public" ? null : actorFor(req, permission, backend);
    },

    /**
     * Long polls: as soon as the one who asked is somebody else for the store (removed, signed out, expired, another role),
     * the work is aborted and the wait ends with a problem.
     */
    async whileSame<T>(req: IncomingMessage, actor: Actor, work: (gone: AbortSignal) => Promise<T>): Promise<T> {
      const controller = new AbortController();
      let stop = () => {};
      const changed = new Promise<never>((_resolve, reject) => {
        const look = async () => {
          // undefined: the store could not be asked now; who was let in stays until it can
          const found = await auth.credential(req).catch(() => undefined);
          if (found === undefined || (found.kind === "good" && isSameAccess(found.actor, actor))) return;
          controller.abort();
          reject(found.kind === "good" ? accessChanged() : notSignedIn(found));
        };
        const timer = setInterval(() => void look(), LOOK_AGAIN_MS);
        const stopListening = auth.onChange(() => void look());
        stop = () => {
          clearInterval(timer);
          stopListening();
        };
      });
      try {
        return await Promise.race([work(controller.signal), changed]);
      } finally {
        stop();
      }
    },
  };
}

function isRead({ method }: IncomingMessage): boolean {
  return method === "GET" || method === "HEAD";
}

export function notSignedIn(credential: Exclude<Credential, { kind: "good" }>): ProblemError {
  return new ProblemError("not-signed-in", sentenceOf(credential), {}, { "www-authenticate": "Bearer" });
}

function sentenceOf(credential: Exclude<Credential, { kind: "good" }>): string {
  if (credential.kind !== "over")
    return "Sign in first, or send an API token that is still valid in the header Authorization: Bearer TOKEN.";
  const { who, why } = credential;
  switch (who.kind) {
    case "person":
      return personSentence(who.name, why);
    case "wall":
      return `The wall link ${who.name} ${why === "revoked" ? "was revoked" : "has expired"}. Ask an admin for a new one.`;
    default:
      return `The token ${who.name} ${why === "revoked" ? "was revoked" : "has expired"}. Ask an admin for a new one.`;
  }
}

function personSentence(name: string, why: OverReason): string {
  switch (why) {
    case "disabled":
      return `${name} is disabled here. Ask an admin.`;
    case "no-role":
      return `${name} is known to the proxy in front, but none of the groups has a role here. Ask an admin for one.`;
    case "name":
      return `Another person here has the name ${name} already, or it is not a name. Ask an admin.`;
    case "expired":
    case "revoked":
      return "This login has ended. Sign in again.";
  }
}

function accessChanged(): ProblemError {
  return new ProblemError("conflict", "What you may do here was changed meanwhile, so this wait has ended. Ask again.");
}
