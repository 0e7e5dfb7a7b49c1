import { expect, test } from "vitest";
import { maintenance, NOW_MS, serverJob } from "#components/maintenance/testing.ts";
import { findItems, maintenanceItems, type PaletteItem } from "./palette-items.ts";

function item(group: PaletteItem["group"], title: string, facts: Partial<PaletteItem> = {}): PaletteItem {
  return { key: title, group, title, hint: "", also: "", act: { kind: "help" }, isMany: true, ...facts };
}

const titles = (items: readonly PaletteItem[], text: string) =>
  findItems(items, text).map(({ group, items: own }) => [group, own.map(({ title }) => title)]);

test("every word must occur, in the title, the hint or what else it is found by", () => {
  const items = [item("Servers", "APP1/SRV1", { hint: "10.0.0.1:80" }), item("Servers", "APP1/SRV2", { also: "s2" })];
  expect(titles(items, "app1 10.0")).toEqual([["Servers", ["APP1/SRV1"]]]);
  expect(titles(items, "S2")).toEqual([["Servers", ["APP1/SRV2"]]]);
  expect(titles(items, "app1 nowhere")).toEqual([]);
});

test("what begins with the word comes first, then what has a part that does, then the order that was given", () => {
  const items = ["API/xweb", "API/web2", "web/one", "APP/web1"].map((title) => item("Servers", title));
  expect(titles(items, "web")).toEqual([["Servers", ["web/one", "API/web2", "APP/web1", "API/xweb"]]]);
});

test("nothing typed shows what there is little of", () => {
  const items = [item("Servers", "APP1/SRV1"), item("Pages", "Board", { isMany: false })];
  expect(titles(items, " ")).toEqual([["Pages", ["Board"]]]);
});

test("a group is cut, and says how many more there are", () => {
  const items = Array.from({ length: 5_000 }, (_, at) => item("Servers", `APP1/SRV${at}`));
  const [servers] = findItems(items, "srv");
  expect([servers?.items.length, servers?.more]).toEqual([8, 4_992]);
});

test("a maintenance is found by its servers, its reason and who began it; a closed one only by typing", () => {
  const open = maintenance("m-1", [serverJob("APP1/SRV1")]);
  const closed = { ...maintenance("m-2", [serverJob("API/SRV9")]), closedAt: NOW_MS };
  const items = maintenanceItems(
    [open, closed],
    (id) => `/maintenances/${id}`,
    () => "",
  );
  expect(titles(items, "")).toEqual([["Maintenances", ["APP1/SRV1"]]]);
  for (const text of ["openssl srv9", "mira api", "m-2"])
    expect(titles(items, text)).toEqual([["Maintenances", ["API/SRV9"]]]);
});
