// The shape of the tree, kept by reading every import (architecture.md: "Direction", "Rules" 1 and 2).
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "..");
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^"';]*?from\s*"([^"]+)"|(?:^|\n)\s*import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/g;

interface Import {
  file: string;
  /** project path (`lib/fleet/view.ts`) or package name */
  to: string;
}

function sources(dir: string): string[] {
  const found: string[] = [];
  for (const name of readdirSync(join(root, dir))) {
    const path = `${dir}/${name}`;
    if (statSync(join(root, path)).isDirectory()) found.push(...sources(path));
    else if (/\.tsx?$/.test(name)) found.push(path);
  }
  return found;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(IMPORT)].map((match) => ({
    file,
    to: target(file, match[1] ?? match[2] ?? match[3] ?? ""),
  }));
}

function target(file: string, specifier: string): string {
  if (specifier.startsWith("#lab/")) return `e2e/lab/${specifier.slice("#lab/".length)}`;
  if (specifier.startsWith("#")) return specifier.slice(1);
  if (specifier.startsWith(".")) return relative(root, resolve(root, dirname(file), specifier));
  return specifier;
}

const isTest = (file: string) => /\.(test|spec)\.tsx?$/.test(file) || /(^|\/)testing(\/|\.ts$)/.test(file);
const all = ["lib", "server", "components", "app", "e2e"].flatMap(sources).flatMap(importsOf);
const shipped = all.filter(({ file }) => !isTest(file));

/** Layers from the bottom up: a file may import its own layer and those before it. */
function pointsUp(layers: readonly string[], { file, to }: Import): boolean {
  const layerOf = (path: string) => layers.findIndex((layer) => path.startsWith(`${layer}/`) || path === `${layer}.ts`);
  const from = layerOf(file);
  return from >= 0 && layerOf(to) > from;
}

function texts(imports: readonly Import[]): string[] {
  return imports.map(({ file, to }) => `${file} -> ${to}`);
}

test("there is something to read", () => {
  expect(all.length).toBeGreaterThan(300);
});

test("lib is pure: no Node, no react, no sockets, no clock, no chance", () => {
  const allowed = new Set(["zod", "zod/mini"]);
  const impure = shipped.filter(
    ({ file, to }) => file.startsWith("lib/") && !to.startsWith("lib/") && !allowed.has(to),
  );
  expect(texts(impure)).toEqual([]);
  const ticking = sources("lib")
    .filter((file) => !isTest(file))
    .filter((file) =>
      /\bDate\.now\(|\bMath\.random\(|\bnew Date\(\)|\bperformance\.now\(|\bsetTimeout\(|\bfetch\(/.test(
        readFileSync(join(root, file), "utf8"),
      ),
    );
  expect(ticking).toEqual([]);
});

test("imports inside lib point down", () => {
  const chain = ["lib/util", "lib/haproxy", "lib/fleet", "lib/maintenance"];
  // lib/wire types what maintenance finds, and maintenance uses those types: the two meet at wire's plain types
  expect(texts(shipped.filter((one) => pointsUp(chain, one)))).toEqual([]);
});

test("imports inside server point down", () => {
  const chain = [
    "server/store",
    "server/runtime",
    "server/fleet",
    "server/ops",
    "server/maintenance",
    "server/settings",
    "server/edge",
    "server/app",
    "server/main",
  ];
  expect(texts(shipped.filter((one) => pointsUp(chain, one)))).toEqual([]);
});

test("pages and components never import the server; e2e imports neither", () => {
  const wrong = all.filter(
    ({ file, to }) =>
      (/^(app|components)\//.test(file) && to.startsWith("server/")) ||
      (file.startsWith("components/") && to.startsWith("app/")) ||
      (file.startsWith("lib/") && /^(server|components|app)\//.test(to)) ||
      (file.startsWith("e2e/") && /^(server|components|app)\//.test(to)),
  );
  expect(texts(wrong)).toEqual([]);
});

test("only components/live speaks socket.io in the browser, only server/runtime opens sockets to HAProxy", () => {
  const client = shipped.filter(
    ({ file, to }) =>
      /^(components|app)\//.test(file) && to.startsWith("socket.io") && !file.startsWith("components/live/"),
  );
  expect(texts(client)).toEqual([]);
  const net = shipped.filter(
    ({ file, to }) => /^node:(net|tls)$/.test(to) && /^server\/(fleet|ops|maintenance|edge)\//.test(file),
  );
  expect(texts(net)).toEqual([]);
});

test("shipped code does not import tests' tools", () => {
  const tools = shipped.filter(({ to }) => isTest(to) || to.startsWith("e2e/"));
  // benchmarks are tests of another kind: nothing that serves imports them
  expect(texts(tools.filter(({ file }) => !/^(e2e|server\/bench)\//.test(file)))).toEqual([]);
  expect(
    texts(all.filter(({ file, to }) => to.startsWith("server/bench/") && !file.startsWith("server/bench/"))),
  ).toEqual([]);
});
