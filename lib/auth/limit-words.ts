import { listOf } from "#lib/util/format.ts";
import type { Actor } from "./actor.ts";
import { can } from "./permissions.ts";

/** Why this one may not change servers of a backend, for a control that is disabled; null: may. */
export function blockedWords(me: Omit<Actor, "id">, backend: string): string | null {
  if (me.kind === "wall") return "A wall link only shows: sign in to change states.";
  if (me.role === "viewer") return "Your role is viewer: an operator can change states.";
  if (can({ ...me, id: "" }, "server:set-state", backend)) return null;
  const own = me.backends ?? [];
  return own.length === 0 ? "You may change no backend." : `You may change ${listOf(own)}, not ${backend}.`;
}
