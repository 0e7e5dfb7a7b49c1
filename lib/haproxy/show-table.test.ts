import { expect, test } from "vitest";
import { parseEntryCounts, parseTableNames } from "./show-table.ts";
import { UnreadableReply } from "./unreadable.ts";

test("names of the tables, in the form of 2.2 to 3.2", () => {
  const text = "# table: CART, type: string, size:102400, used:617\n# table: st_src, type: ip, size:10240, used:0\n\n";
  expect([...parseTableNames(text)]).toEqual(["CART", "st_src"]);
  expect([...parseTableNames("\n")]).toEqual([]);
});

test("anything else is not a list of tables", () => {
  expect(() => parseTableNames("Unknown command: 'show table'\n")).toThrow(UnreadableReply);
});

test("entries of several tables; one that keeps no server has none", () => {
  const text =
    "# table: B, type: ip, size:1048576, used:2\n0x1: key=10.0.0.1 use=0 exp=1 server_id=1 server_name=s1\n" +
    "0x2: key=10.0.0.2 use=0 exp=1 shard=0 server_id=1 server_key=s1\n\n" +
    "Filter entry #1: Data type not stored in this table\n\n# table: T, type: string, size:1, used:0\n\nNo such table\n\n";
  expect([...parseEntryCounts(text)]).toEqual([
    ["B", 2],
    ["T", 0],
  ]);
});

test("what may not be read is not nothing", () => {
  const text = "# table: B, type: ip, size:1, used:2\n# contents not dumped due to insufficient privileges\n\n";
  expect(() => parseEntryCounts(text)).toThrow(/level is too low/);
  expect(() => parseEntryCounts("rubbish\n")).toThrow(UnreadableReply);
});
