// Who acts. One shape for a person at a page, a token in a script, a wall screen and the app itself, so that a check never
// asks how somebody came in. A wall only reads what a wall shows, whatever its role says.
import type { Role } from "./permissions.ts";

export const actorKinds = ["person", "token", "wall", "system"] as const;
export type ActorKind = (typeof actorKinds)[number];

export interface Actor {
  readonly kind: ActorKind;
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** backends whose servers may be changed: names, or patterns with `*` (`team-a-*`); null: all */
  readonly backends: readonly string[] | null;
}

/** The name of DRAINBOARD_ADMIN_TOKEN: it says what it is, and nobody else may have it. */
export const ADMIN_TOKEN_NAME = "admin token";

/** As people read it: a token or a wall link never looks like a person. `ci (token)` */
export function shownName({ kind, name }: { readonly kind: string; readonly name: string }): string {
  if (kind === "token") return name === ADMIN_TOKEN_NAME ? name : `${name} (token)`;
  return kind === "wall" ? `${name} (wall link)` : name;
}

/** The app itself: start-up, migrations, work on behalf of nobody. */
export const systemActor: Actor = { kind: "system", id: "system", name: "Drainboard", role: "admin", backends: null };

/** False when role or limit changed, or when it is somebody else: what was opened for the one is not for the other. */
export function isSameAccess(a: Actor, b: Actor): boolean {
  return (
    a.kind === b.kind && a.id === b.id && a.role === b.role && JSON.stringify(a.backends) === JSON.stringify(b.backends)
  );
}
