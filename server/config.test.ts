import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { configFileSchema } from "./config/config-file.ts";
import { findSockets } from "./config/usual-places.ts";
import { type Config, printOnly, readConfig } from "./config.ts";
import { testCerts } from "./runtime/testing/certs.ts";
import { tempDir } from "./store/testing/temp-dir.ts";

function newDir(): string {
  const dir = tempDir();
  onTestFinished(() => dir[Symbol.dispose]());
  return dir.path;
}

const none = { findSockets: () => [] };

function good(argv: string[], env: Record<string, string> = {}, file?: unknown): Config {
  const result = readConfig(argv, env, { ...none, ...reading(file) });
  if (!result.ok) throw new Error(result.mistakes.join("\n"));
  return result.config;
}

function mistakes(argv: string[], env: Record<string, string> = {}, file?: unknown): string[] {
  const result = readConfig(argv, env, { ...none, ...reading(file) });
  return result.ok ? [] : result.mistakes;
}

function reading(file: unknown) {
  if (file === undefined) return {};
  return { readFile: () => (typeof file === "string" ? file : JSON.stringify(file)) };
}

test("nothing given: the defaults, and no load balancer", () => {
  expect(good([])).toEqual({
    loadBalancers: [],
    loadBalancersFrom: "found",
    masters: [],
    listen: { host: "127.0.0.1", port: 3000 },
    dataDir: join(process.cwd(), "data"),
    pollMs: 1_000,
    publicUrl: null,
    backends: {},
    adminPassword: undefined,
    adminToken: undefined,
  });
});

test("every option, in both spellings", () => {
  const dir = newDir();
  const argv = ["--lb", "lb1=/run/a.sock", "--lb=lb2=tcp://10.0.0.2:9999", "--master", "lb1=/run/m.sock"];
  const config = good([...argv, "--listen=[::1]:0", "--data", dir, "--poll=250", "--public-url", "https://b.example/"]);
  expect(config).toMatchObject({
    loadBalancers: [
      { name: "lb1", address: { kind: "unix", path: "/run/a.sock" } },
      { name: "lb2", address: { kind: "tcp", host: "10.0.0.2", port: 9999 } },
    ],
    masters: [{ name: "lb1", address: { kind: "unix", path: "/run/m.sock" } }],
    listen: { host: "::1", port: 0 },
    dataDir: dir,
    pollMs: 250,
    publicUrl: "https://b.example",
  });
});

test("options win over the environment, the environment over the file", () => {
  const file = {
    loadBalancers: [{ name: "f1", address: "/f.sock", master: "/m.sock" }],
    pollMs: 300,
    listen: "127.0.0.1:3",
    backends: { APP1: { minimum: 2, quiet: "5m" }, WS: {} },
  };
  const env = {
    DRAINBOARD_POLL_MS: "200",
    DRAINBOARD_LISTEN: "127.0.0.1:2",
    DRAINBOARD_CONFIG: "c.json",
    DRAINBOARD_DATA: "",
  };
  const config = good(["--listen", "127.0.0.1:1"], env, file);
  expect(config).toMatchObject({
    listen: { port: 1 },
    pollMs: 200,
    loadBalancers: [{ name: "f1" }],
    masters: [{ name: "f1" }],
    backends: { APP1: { minimum: 2, quietMs: 300_000 }, WS: {} },
  });
  const lbs = { ...env, DRAINBOARD_LBS: " e1=/e1.sock   e2=/e2.sock " };
  expect(mistakes([], lbs, { ...file, loadBalancers: [{ name: "f1", address: "/f.sock" }] })).toEqual([]);
  expect(good([], { DRAINBOARD_LBS: lbs.DRAINBOARD_LBS }).loadBalancers.map((lb) => lb.name)).toEqual(["e1", "e2"]);
});

test("proxies in front: by option, environment or file", () => {
  const file = { trustedProxies: ["10.0.0.5", "fd00::/8"], forwardedHeaders: "forwarded" };
  expect(good([], {}, undefined)).not.toHaveProperty("trustedProxies");
  expect(good(["--config", "c.json"], {}, file)).toMatchObject(file);
  const env = { DRAINBOARD_TRUSTED_PROXIES: "10.0.0.6 10.1.0.0/16" };
  expect(good(["--config", "c.json"], env, file).trustedProxies).toEqual(["10.0.0.6", "10.1.0.0/16"]);
  expect(good(["--trusted-proxy=::1"], env).trustedProxies).toEqual(["::1"]);
});

test("a certificate: by option or variable, relative to where the app starts, or in the file, relative to it", () => {
  const pem = { cert: testCerts.serverFile, key: testCerts.serverFile };
  expect(good([])).not.toHaveProperty("tls");
  expect(good(["--tls-cert", pem.cert, "--tls-key", pem.key]).tls).toEqual(pem);
  expect(good([], { DRAINBOARD_TLS_CERT: pem.cert, DRAINBOARD_TLS_KEY: pem.key }).tls).toEqual(pem);
  const dir = newDir();
  writeFileSync(join(dir, "board.pem"), testCerts.server);
  writeFileSync(join(dir, "c.json"), JSON.stringify({ tls: { cert: "board.pem", key: "./board.pem" } }));
  expect(readConfig(["--config", join(dir, "c.json")], {}, none)).toMatchObject({
    config: { tls: { cert: join(dir, "board.pem"), key: join(dir, "board.pem") } },
  });
});

test("mistakes about the certificate", () => {
  const { serverFile, caFile } = testCerts;
  expect(mistakes(["--tls-cert", serverFile])).toEqual([
    `--tls-cert ${serverFile}: certificate and key belong together; give --tls-cert and --tls-key.`,
  ]);
  const path = join(newDir(), "none.pem");
  expect(mistakes(["--tls-cert", serverFile, "--tls-key", path])).toEqual([
    `--tls-key ${path}: ${path} cannot be read (ENOENT). Check the path and its rights.`,
  ]);
  const [sentence, ...more] = mistakes(["--tls-cert", caFile, "--tls-key", serverFile]);
  expect(more).toEqual([]);
  expect(sentence).toMatch(/^--tls-cert \S+: is not a PEM certificate that fits the key \S+ \(.*mismatch.*\)\.$/);
});

test("secrets come from the environment only, and empty is none", () => {
  const config = good([], { DRAINBOARD_ADMIN_PASSWORD: "12345678", DRAINBOARD_ADMIN_TOKEN: "" });
  expect([config.adminPassword, config.adminToken]).toEqual(["12345678", undefined]);
});

test.each<[string, string[], string]>([
  ["unknown", ["--lbs", "x"], "--lbs is not an option; did you mean --lb."],
  ["unknown, far off", ["--frobnicate"], "--frobnicate is not an option; --help shows all options."],
  [
    "no option",
    ["lb1=/a"],
    '"lb1=/a" is not an option; options begin with --, for example --lb lb1=/run/haproxy/admin.sock.',
  ],
  ["no value", ["--lb"], "--lb has no value; write --lb NAME=ADDRESS."],
  ["no value before another", ["--lb", "--poll=500"], "--lb has no value; write --lb NAME=ADDRESS."],
  ["twice", ["--poll", "500", "--poll", "600"], "--poll is given twice; keep one."],
  ["value for a switch", ["--help=yes"], "--help takes no value; write it alone."],
  ["lb without name", ["--lb", "/a.sock"], "--lb /a.sock: has no name; write NAME=ADDRESS, for example lb1=/a.sock."],
  [
    "lb with a bad name",
    ["--lb", "a:b=/a.sock"],
    '--lb a:b=/a.sock: "a:b" is not a name; use letters, digits, - _ and . (at most 63, a letter or digit first).',
  ],
  [
    "lb name twice",
    ["--lb", "a=/a.sock", "--lb", "a=/b.sock"],
    '--lb a=/b.sock: the name "a" is given twice; give each load balancer its own.',
  ],
  [
    "same socket twice",
    ["--lb", "a=/x/a.sock", "--lb", "b=/x/../x/a.sock"],
    '--lb b=/x/../x/a.sock: is the same socket as "a" (/x/a.sock); remove one, or its sessions would count twice.',
  ],
  [
    "same host and port twice",
    ["--lb", "a=tcp://LOCALHOST:99", "--lb", "b=tcp://127.0.0.1:99"],
    '--lb b=tcp://127.0.0.1:99: is the same socket as "a" (tcp://127.0.0.1:99); remove one, or its sessions would count twice.',
  ],
  [
    "master of nobody",
    ["--lb", "a=/a.sock", "--master", "b=/m.sock"],
    '--master b=/m.sock: there is no load balancer "b"; give it with --lb b=ADDRESS, or correct the name.',
  ],
  [
    "listen",
    ["--listen", "3000"],
    "--listen 3000: is not HOST:PORT; write 127.0.0.1:3000, 0.0.0.0:3000 or [::1]:3000.",
  ],
  [
    "listen port",
    ["--listen", "0.0.0.0:70000"],
    "--listen 0.0.0.0:70000: is not HOST:PORT; write 127.0.0.1:3000, 0.0.0.0:3000 or [::1]:3000.",
  ],
  [
    "poll so rare that every number would be stale between two polls",
    ["--poll", "5001"],
    "--poll 5001: is not a number of milliseconds from 100 to 5000; 1000 is a good one.",
  ],
  [
    "poll too fast",
    ["--poll", "99"],
    "--poll 99: is not a number of milliseconds from 100 to 5000; 1000 is a good one.",
  ],
  [
    "poll not a number",
    ["--poll", "1s"],
    "--poll 1s: is not a number of milliseconds from 100 to 5000; 1000 is a good one.",
  ],
  [
    "public URL",
    ["--public-url", "board.example"],
    "--public-url board.example: is not the address of a site; write https://board.example.com, without a path.",
  ],
  [
    "public URL with a path",
    ["--public-url", "https://a.example/x"],
    "--public-url https://a.example/x: is not the address of a site; write https://board.example.com, without a path.",
  ],
  [
    "a proxy by name",
    ["--trusted-proxy", "nginx"],
    "--trusted-proxy nginx: is not an IP address or network; write 10.0.0.5, 10.0.0.0/8 or fd00::/8.",
  ],
  [
    "everybody as a proxy",
    ["--trusted-proxy", "0.0.0.0/0"],
    "--trusted-proxy 0.0.0.0/0: names every address there is; name those of your proxies.",
  ],
  [
    "postgres",
    ["--database", "postgres://u:secret@h/db"],
    "--database: PostgreSQL is not supported yet; leave it out to use SQLite in the data directory.",
  ],
  [
    "other database",
    ["--database", "mysql://h"],
    "--database: is not a database this app knows; leave it out to use SQLite in the data directory.",
  ],
])("mistake: %s", (_name, argv, sentence) => {
  expect(mistakes(argv)).toEqual([sentence]);
});

test("an address that is none: the sentence names the option", () => {
  const [sentence, ...more] = mistakes(["--lb", "lb1=http://10.0.0.1/stats"]);
  expect(more).toEqual([]);
  expect(sentence).toMatch(/^--lb lb1=http:\/\/10\.0\.0\.1\/stats: .*stats socket.*\.$/);
});

test("mistakes in the environment name the variable", () => {
  expect(mistakes([], { DRAINBOARD_LBS: "a=/a.sock nonsense", DRAINBOARD_POLL_MS: "fast" })).toEqual([
    "DRAINBOARD_LBS (nonsense): has no name; write NAME=ADDRESS, for example lb1=/run/haproxy/admin.sock.",
    "DRAINBOARD_POLL_MS (fast): is not a number of milliseconds from 100 to 5000; 1000 is a good one.",
  ]);
  const secrets = { DRAINBOARD_ADMIN_PASSWORD: "seven77", DRAINBOARD_ADMIN_TOKEN: "fifteen-chars-x" };
  expect(mistakes([], secrets)).toEqual([
    "DRAINBOARD_ADMIN_PASSWORD: is too short; use at least 8 characters.",
    "DRAINBOARD_ADMIN_TOKEN: is too short to be safe; use at least 16 random characters (openssl rand -hex 32 makes some).",
  ]);
  expect(mistakes([], { DRAINBOARD_ADMIN_TOKEN: "has spaces in the middle" })[0]).toContain("no header can carry");
  const database = mistakes([], { DRAINBOARD_DATABASE: "postgres://u:secret@h/db" });
  expect(database).toEqual([expect.stringContaining("PostgreSQL is not supported yet")]);
  expect(database.join()).not.toContain("secret");
});

test("every mistake is told, not only the first", () => {
  expect(mistakes(["--lb", "x", "--poll", "1", "--listen", "x", "--nope"])).toHaveLength(4);
});

test.each<[string, unknown, string]>([
  ["not JSON", "{,}", "is not valid JSON"],
  ["not an object", [], "is wrong"],
  ["unknown key", { polMs: 5 }, '"polMs" is not a key of it; did you mean "pollMs".'],
  ["unknown key, far off", { zzz: 5 }, '"zzz" is not a key of it; use loadBalancers, listen,'],
  [
    "unknown inner key",
    { loadBalancers: [{ name: "a", address: "/a", adress: "/b" }] },
    '"loadBalancers.0.adress" is not a key of it; did you mean "address".',
  ],
  ["audit kept for no day", { audit: { keepDays: 0 } }, '"audit.keepDays" is not a number of days from 1.'],
  ["unknown key of audit", { audit: { keepDays: 5, days: 5 } }, '"audit.days" is not a key of it; use keepDays.'],
  ["wrong type", { pollMs: "5" }, '"pollMs" is wrong (Invalid input: expected number, received string).'],
  [
    "duration",
    { backends: { APP1: { quiet: "5 minutes" } } },
    '"backends.APP1.quiet" is not a duration: write 30s, 5m or 1h.',
  ],
  ["address", { loadBalancers: [{ name: "a", address: "relative/path" }] }, ", loadBalancers (a=relative/path): "],
  ["proxies", { trustedProxies: ["10.0.0.0/40"] }, ", trustedProxies (10.0.0.0/40): has no prefix length from 1 to 32"],
  ["headers of proxies", { forwardedHeaders: "x" }, '"forwardedHeaders" is not "x-forwarded" or "forwarded".'],
  ["poll", { pollMs: 5 }, ", pollMs (5): is not a number of milliseconds"],
])("mistake in the file: %s", (_name, file, sentence) => {
  const found = mistakes(["--config", "c.json"], {}, file);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain('configuration file "c.json"');
  expect(found[0]).toContain(sentence);
});

test("a configuration file that is not there", () => {
  const path = join(newDir(), "none.json");
  expect(mistakes(["--config", path])).toEqual([
    `configuration file "${path}": cannot be read (ENOENT). Check the path after --config and its rights.`,
  ]);
});

test("a data directory that cannot be: under a file, or a file", () => {
  const file = join(newDir(), "file");
  writeFileSync(file, "");
  for (const path of [file, join(file, "data"), join(file, "a", "b")])
    expect(mistakes(["--data", path])).toEqual([
      `--data ${path}: ${file} is not a directory; name a directory that the app may write to.`,
    ]);
  expect(mistakes(["--data", join(newDir(), "new", "data")])).toEqual([]);
});

test("without --lb, the sockets in the usual places are taken, each once", async () => {
  const dir = newDir();
  mkdirSync(join(dir, "run"));
  symlinkSync(join(dir, "run"), join(dir, "var-run"));
  writeFileSync(join(dir, "run", "file.sock"), "");
  const [real, linked, file] = ["run/a.sock", "var-run/a.sock", "run/file.sock"].map((name) => join(dir, name));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(real, resolve));
  onTestFinished(() => void server.close());
  const places = [join(dir, "none"), linked!, real!, file!];
  expect(findSockets(places)).toEqual([linked, real]);
  const result = readConfig([], {}, { findSockets: () => findSockets(places) });
  expect(result.ok && result.config.loadBalancers).toEqual([{ name: "lb1", address: { kind: "unix", path: linked } }]);
  const given = readConfig(["--lb", "a=/a.sock"], {}, { findSockets: () => findSockets(places) });
  expect(given.ok && given.config.loadBalancers.map((lb) => lb.name)).toEqual(["a"]);
});

test("--help and --version print; help names every option and variable", () => {
  const help = printOnly(["--help"], "1.2.3");
  for (const word of ["--lb NAME=ADDRESS", "--public-url URL", "DRAINBOARD_LBS", "DRAINBOARD_ADMIN_TOKEN"])
    expect(help).toContain(word);
  expect(printOnly(["--version"], "1.2.3")).toBe("1.2.3");
  expect(printOnly(["--poll", "500"], "1.2.3")).toBeNull();
});

test("the file's schema can be printed as JSON Schema", () => {
  expect(z.toJSONSchema(configFileSchema)).toMatchObject({ type: "object", additionalProperties: false });
});

test("a mistake in the file's JSON does not repeat what stands around it", () => {
  const [found = ""] = mistakes(["--config", "c.json"], {}, '{"oidc": {"clientSecret": hunter2}}');
  expect(found).toContain("is not valid JSON (Unexpected token 'h').");
});
