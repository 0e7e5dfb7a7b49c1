import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { ReadFile } from "./config-file.ts";
import { readTlsFiles } from "./tls-files.ts";

const certs = new URL("../runtime/testing/certs/", import.meta.url);
const read: ReadFile = (path) => readFileSync(new URL(path.split("/").at(-1) ?? "", certs), "utf8");
const lb = (tls: object, address = "tls://10.0.0.2:9443") => ({ loadBalancers: [{ name: "lb1", address, tls }] });

test("certificates are read beside the configuration file", () => {
  const seen: string[] = [];
  const { tls, mistakes } = readTlsFiles(
    lb({ ca: "ca.pem", serverName: "haproxy" }),
    "/etc/drainboard/config.json",
    (path) => {
      seen.push(path);
      return read(path);
    },
  );
  expect(mistakes).toEqual([]);
  expect(seen).toEqual(["/etc/drainboard/ca.pem"]);
  expect(tls.get("lb1")).toMatchObject({ ca: expect.stringContaining("BEGIN CERTIFICATE"), servername: "haproxy" });
});

test.each([
  [lb({ ca: "missing.pem" }), /tls\.ca \/etc\/missing\.pem cannot be read \(ENOENT\)/],
  [lb({ cert: "ca.pem" }), /tls\.cert and tls\.key belong together/],
  [lb({ ca: "ca.pem" }, "tcp://10.0.0.2:9999"), /is not tls:\/\/; change the address or remove them/],
  [lb({ cert: "make.sh", key: "make.sh" }), /not usable PEM files/],
])("a mistake is one sentence: %j", (file, sentence) => {
  const { tls, mistakes } = readTlsFiles(file, "/etc/config.json", read);
  expect(mistakes).toEqual([expect.stringMatching(sentence)]);
  expect(tls.size).toBe(0);
});
