import { expect, test } from "vitest";
import { parseTableNames } from "./show-table.ts";
import { UnreadableReply } from "./unreadable.ts";

test("names of the tables, in the form of 2.2 to 3.2", () => {
  const text = "# table: CART, type: string, size:102400, used:617\n# table: st_src, type: ip, size:10240, used:0\n\n";
  expect([...parseTableNames(text)]).toEqual(["CART", "st_src"]);
  expect([...parseTableNames("\n")]).toEqual([]);
});

test("anything else is not a list of tables", () => {
  expect(() => parseTableNames("Unknown command: 'show table'\n")).toThrow(UnreadableReply);
});
