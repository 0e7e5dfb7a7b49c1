import { expect, test } from "vitest";
import { Scopes } from "./scopes.ts";

const fleet = { kind: "fleet" } as const;
const one = { kind: "server", id: "APP1/SRV1" } as const;

test("a page that wants nothing in particular sees the fleet", () => {
  expect(new Scopes().widest()).toEqual(fleet);
});

test("one server is enough as long as everybody wants that one", () => {
  const scopes = new Scopes();
  const drop = scopes.add(one);
  expect(scopes.widest()).toEqual(one);
  scopes.add({ ...one });
  expect(scopes.widest()).toEqual(one);
  const dropOther = scopes.add({ kind: "server", id: "APP1/SRV2" });
  expect(scopes.widest()).toEqual(fleet);
  dropOther();
  drop();
  expect(scopes.widest()).toEqual(one);
});

test("whoever needs the whole fleet gets it, and what is let go of narrows again", () => {
  const scopes = new Scopes();
  scopes.add(one);
  const drop = scopes.add(fleet);
  expect(scopes.widest()).toEqual(fleet);
  drop();
  drop();
  expect(scopes.widest()).toEqual(one);
});
