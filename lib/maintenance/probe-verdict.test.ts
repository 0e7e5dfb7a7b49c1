// Verdicts that one HAProxy alone does not bring about: load balancers that differ, and answers that cannot be told apart.
import { expect, test } from "vitest";
import { type Asked, type ProbeSubject, readRequest } from "./probe.ts";
import { type Counted, judgeProbe } from "./probe-verdict.ts";

const subject: ProbeSubject = {
  ...{ server: "APP1/SRV1", backend: "APP1", adminState: "ready", cookieName: "S" },
  servers: [
    { id: "APP1/SRV1", cookie: "s1", address: "10.0.0.1:80" },
    { id: "APP1/SRV2", cookie: "s2", address: "10.0.0.2:80" },
  ],
  place: { host: "shop.test", path: "/", isTls: false },
};

function asked(step: Asked["step"], setCookie: string | null, more: Partial<NonNullable<Asked["reply"]>> = {}): Asked {
  const isCookieSent = step !== "without";
  return {
    ...{ step, isCookieSent, holder: isCookieSent ? "APP1/SRV1" : null, durationMs: 1, error: null },
    reply: {
      ...{ status: 200, setCookies: setCookie === null ? [] : [setCookie], location: null },
      ...{ cacheControl: null, hasAge: false, header: null, ...more },
    },
  };
}

function judge(all: readonly Asked[], counted: Counted = {}, facts: Partial<ProbeSubject> = {}) {
  const about = { ...subject, ...facts };
  const requests = all.map((one) => readRequest(about, one));
  return judgeProbe(about, requests, counted);
}

const NEW = asked("without", "S=s2; path=/");
const KEPT = asked("with", null);

test("kept by some and replaced by others: the load balancers differ", () => {
  const { verdict } = judge([NEW, KEPT, asked("with", "S=s2; path=/")]);
  expect(verdict).toMatchObject({ code: "split", tone: "bad" });
  expect(verdict.text).toBe("1 of 2 requests with the cookie S of APP1/SRV1 stayed, 1 went to APP1/SRV2.");
});

test("drained, and somebody new still meets it", () => {
  const drained = { adminState: "drain" } as const;
  expect(judge([asked("without", "S=s1"), KEPT], {}, drained).verdict.code).toBe("new-users-arrive");
  expect(judge([NEW, KEPT], {}, drained).verdict.code).toBe("keeps-while-drained");
});

test("HAProxy's count belies an answer without a new cookie; where it is not known, nothing is claimed from it", () => {
  const counts = { without: { server: 0, backend: 1 }, with: { server: 0, backend: 1 } };
  expect(judge([NEW, KEPT], counts).verdict.code).toBe("not-kept");
  expect(judge([NEW, KEPT], { without: null, with: null }).verdict.code).toBe("keeps");
  const nobody = asked("without", null);
  expect(judge([nobody], { without: { server: 0, backend: 0 } }).verdict.code).toBe("wrong-place");
});

test("a header names who answered, by name, id, cookie value or address; else it is shown as it is", () => {
  const by = (header: string) => readRequest(subject, asked("with", null, { header }));
  for (const header of ["SRV2", "APP1/SRV2", "s2", "10.0.0.2:80"])
    expect(by(header)).toMatchObject({ answeredBy: "APP1/SRV2", by: "header", fate: "ignored" });
  expect(by("web-7")).toMatchObject({ answeredBy: "APP1/SRV1", by: "kept-cookie", header: "web-7", fate: "kept" });
});

test("a value that two servers share tells nobody, and says so", () => {
  const servers = subject.servers.map((one) => ({ ...one, cookie: "same" }));
  const { notes, steps } = judge([asked("without", "S=same"), asked("with", null)], {}, { servers });
  expect(notes.map((note) => note.code)).toContain("shared-value");
  expect(steps[0]?.requests[0]).toMatchObject({ fate: "set", answeredBy: null });
});

test("the application takes the cookie away, an error, no cookie of its own", () => {
  expect(readRequest(subject, asked("with", "S=; Max-Age=0")).fate).toBe("removed");
  expect(judge([NEW, asked("with", null, { status: 503 })]).notes.map((note) => note.message)).toContain(
    "1 request ended with 503.",
  );
  const none = judge([asked("without", null, { header: "SRV2" })], {}, { cookieName: null });
  expect(none.verdict).toMatchObject({ code: "no-cookie", text: expect.stringContaining("APP1/SRV2 answered") });
});
