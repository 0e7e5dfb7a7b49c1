import { expect, test } from "vitest";
import { lossOf, parseSetCookie, type SetCookie } from "./set-cookie.ts";

function cookie(line: string): SetCookie {
  const parsed = parseSetCookie(line);
  if (parsed === null) throw new Error(line);
  return parsed;
}

test("attributes in any case and order; what is unknown is passed over", () => {
  expect(cookie("SRVID=s1; PATH=/; domain=.Example.com; HttpOnly; Secure; SameSite=Lax; Priority=High")).toEqual({
    ...{ name: "SRVID", value: "s1", path: "/", domain: "example.com", isHttpOnly: true, isSecure: true },
    ...{ sameSite: "Lax", maxAgeSec: null, expires: null },
  });
  expect(cookie("A=b=c; Max-Age=0")).toMatchObject({ value: "b=c", maxAgeSec: 0, path: null });
  expect(cookie("A=; path=x").path).toBeNull();
  expect(parseSetCookie("no name")).toBeNull();
  expect(parseSetCookie("=x")).toBeNull();
});

test("what a browser keeps and sends back", () => {
  const place = { host: "shop.example.com", path: "/cart/items?x=/", isTls: false };
  const loss = (line: string, at = place) => lossOf(cookie(line), at);
  expect(loss("S=1; path=/")).toBeNull();
  expect(loss("S=1; domain=example.com; path=/cart")).toBeNull();
  expect(loss("S=1; path=/cart/")).toBeNull();
  expect(loss("S=1; path=/car")).toBe("path");
  expect(loss("S=1; domain=other.com")).toBe("domain");
  expect(loss("S=1; domain=ample.com")).toBe("domain");
  expect(loss("S=1; domain=0.0.1", { ...place, host: "10.0.0.1" })).toBe("domain");
  expect(loss("S=1; secure")).toBe("secure");
  expect(loss("S=1; secure", { ...place, isTls: true })).toBeNull();
  expect(loss("S=1; SameSite=None")).toBe("same-site");
  expect(loss("S=; Max-Age=0")).toBe("deleted");
});
