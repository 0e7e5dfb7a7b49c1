// A real provider (oidc-provider in its own process) behind a proxy of the test, which can stop answering, or change what
// the provider says to the app. A browser without a screen signs in there as a person would.
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export type People = Record<string, Record<string, unknown>>;

export interface ProviderSetup {
  issuer: string;
  clientId: string;
  clientSecret: string;
  redirectUris: string[];
  signedOutUris: string[];
  people: People;
}

export interface ToProvider {
  people: People;
}

/** The JSON body of an answer to the app, which may be changed. */
export type Change = (path: string, body: Record<string, unknown>) => Record<string, unknown>;

export interface TestProvider extends AsyncDisposable {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** paths that were asked for, in order */
  readonly asked: readonly string[];
  setPeople(people: People): Promise<void>;
  /** from now on; null: nothing */
  change(change: Change | null): void;
  /** true: it takes connections and answers 503 */
  setDown(isDown: boolean): void;
}

const CLIENT = { clientId: "drainboard", clientSecret: "the-secret-of-the-tests" };

/** `appUrl`: where the app serves. */
export async function startProvider(appUrl: string, people: People): Promise<TestProvider> {
  const asked: string[] = [];
  let behind = 0;
  let isDown = false;
  let change: Change | null = null;
  const proxy = createServer((req, res) => {
    asked.push((req.url ?? "").split("?")[0] ?? "");
    if (isDown) res.writeHead(503).end("down");
    else void pass(req, res, behind, () => change);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const issuer = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const setup: ProviderSetup = {
    ...{ issuer, ...CLIENT, people },
    redirectUris: [`${appUrl}/auth/oidc/callback`],
    signedOutUris: [`${appUrl}/sign-in`],
  };
  const child = fork(join(import.meta.dirname, "oidc-provider-process.ts"), [JSON.stringify(setup)], {
    // its warnings say that it is only for tests
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    execArgv: ["--no-warnings"],
    env: { PATH: process.env.PATH, NODE_ENV: "test" },
  });
  const ended = once(child, "exit").then(([code]) => Promise.reject(new Error(`the provider ended (${code})`)));
  ended.catch(() => {});
  const [ready] = (await Promise.race([once(child, "message"), ended])) as [{ port: number }];
  behind = ready.port;

  return {
    ...{ issuer, ...CLIENT, asked },
    async setPeople(next) {
      child.send({ people: next } satisfies ToProvider);
      await once(child, "message");
    },
    change(next) {
      change = next;
    },
    setDown(next) {
      isDown = next;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended.catch(() => {});
      proxy.closeAllConnections();
      proxy.close();
    },
  };
}

async function pass(req: IncomingMessage, res: ServerResponse, port: number, changeNow: () => Change | null) {
  const headers = {
    ...req.headers,
    "x-forwarded-proto": "http",
    "x-forwarded-host": req.headers.host,
    // so that what is changed is text
    "accept-encoding": "identity",
  };
  const outgoing = request({ host: "127.0.0.1", port, method: req.method, path: req.url, headers, agent: false });
  req.pipe(outgoing);
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const change = changeNow();
  const isJson = /json/.test(answer.headers["content-type"] ?? "");
  if (change === null || !isJson) {
    res.writeHead(answer.statusCode ?? 500, answer.headers).end(body);
    return;
  }
  const path = (req.url ?? "").split("?")[0] ?? "";
  const text = JSON.stringify(change(path, JSON.parse(body.toString())));
  const { "content-length": _, "transfer-encoding": __, ...rest } = answer.headers;
  res.writeHead(answer.statusCode ?? 500, { ...rest, "content-length": Buffer.byteLength(text) }).end(text);
}
