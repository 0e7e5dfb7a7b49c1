// Everybody who may knock: over each way in, with each standing, and those whose way in has ended.
import { newId, newToken, sha256 } from "#server/auth/secrets.ts";
import { addLogin, addSomeone } from "#server/auth/testing/someone.ts";
import type { TestApp } from "#server/testing.ts";
import type { Standing } from "./expected-access.ts";

export interface Who {
  name: string;
  kind: "person" | "token" | "wall" | "nobody";
  standing: Standing;
  headers: Record<string, string>;
}

const HOUR_MS = 3_600_000;
const access = {
  viewer: { role: "viewer", backends: null },
  operator: { role: "operator", backends: null },
  "operator of team-a-*": { role: "operator", backends: ["team-a-*"] },
  "operator of APP1": { role: "operator", backends: ["APP1"] },
  admin: { role: "admin", backends: null },
} as const;
const standings = Object.keys(access) as (keyof typeof access)[];

/** A person, a token and a wall of each kind, and everything that is no good (any more). */
export async function everybody({ app, url }: TestApp): Promise<Who[]> {
  const { store } = app;
  const now = Date.now();
  const all: Who[] = [];
  const person = (name: string, standing: Standing, cookie: string) =>
    all.push({ name, kind: "person", standing, headers: { cookie, origin: url } });
  const bearer = (name: string, kind: Who["kind"], standing: Standing, token: string) =>
    all.push({ name, kind, standing, headers: { authorization: `Bearer ${token}` } });

  async function addToken(
    name: string,
    facts: { role: "viewer" | "operator" | "admin"; backends: readonly string[] | null },
    expiresAt: number | null,
  ) {
    const { token, prefix } = newToken("api");
    const id = newId();
    const backends = facts.backends === null ? null : [...facts.backends];
    await store.tokens.add(sha256(token), {
      id,
      name,
      prefix,
      role: facts.role,
      backends,
      createdAt: now,
      createdBy: "a test",
      expiresAt,
    });
    return { id, token };
  }
  async function addWall(name: string, expiresAt: number | null) {
    const { token, prefix } = newToken("wall");
    const id = newId();
    await store.wallLinks.add(sha256(token), { id, name, prefix, createdAt: now, createdBy: "a test", expiresAt });
    return { id, token };
  }

  for (const standing of standings) {
    const { role, backends } = access[standing];
    const limit = backends === null ? null : [...backends];
    const someone = await addSomeone(store, { name: `person ${all.length}`, role, backends: limit });
    person(`person, ${standing}`, standing, someone.cookie);
    bearer(
      `token, ${standing}`,
      "token",
      standing,
      (await addToken(`token ${all.length}`, access[standing], null)).token,
    );
  }
  const wall = await addWall("wall", null);
  bearer("wall link as a token", "wall", "wall", wall.token);
  all.push({
    name: "wall link as a cookie",
    kind: "wall",
    standing: "wall",
    headers: { cookie: `drainboard-wall=${wall.token}`, origin: url },
  });

  const gone = await addSomeone(store, { name: "gone", role: "admin" });
  await store.people.change(gone.person.id, { disabledAt: now });
  person("disabled admin", "gone", await addLogin(store, gone.person.id, now));
  const removed = await addSomeone(store, { name: "removed", role: "admin" });
  await store.people.remove(removed.person.id);
  person("removed admin", "gone", removed.cookie);
  const late = await addSomeone(store, { name: "late", role: "admin" });
  person("expired login", "gone", await addLogin(store, late.person.id, now - HOUR_MS, 1));
  bearer("expired token", "token", "gone", (await addToken("expired", access.admin, now - 1)).token);
  const revoked = await addToken("revoked", access.admin, null);
  await store.tokens.revoke(revoked.id, now);
  bearer("revoked token", "token", "gone", revoked.token);
  const dark = await addWall("dark", null);
  await store.wallLinks.revoke(dark.id, now);
  bearer("revoked wall link", "wall", "gone", dark.token);
  bearer("expired wall link", "wall", "gone", (await addWall("old", now - 1)).token);
  bearer("forged token", "token", "gone", newToken("api").token);
  person("forged cookie", "gone", `drainboard=${newToken("api").token}`);
  all.push({ name: "nobody", kind: "nobody", standing: "gone", headers: { origin: url } });
  return all;
}
