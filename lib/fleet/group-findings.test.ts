import { describe, expect, test } from "vitest";
import type { Finding } from "#lib/wire/problem.ts";
import { groupFindings } from "./group-findings.ts";

const PRICE = "Maint moves its cookie users to other servers now.";

function sessionsLeft(lb: string, words: string): Finding {
  return { code: "sessions-left", severity: "confirm", lb, message: `SRV1 has ${words} on ${lb}. ${PRICE}` };
}

describe("findings of several load balancers", () => {
  test("are one sentence with the sum and the number of each", () => {
    const findings = [sessionsLeft("lb1", "7 sessions"), sessionsLeft("lb2", "1 session")];
    expect(groupFindings(findings)).toEqual([
      { severity: "confirm", lbs: ["lb1", "lb2"], message: `SRV1 has 8 sessions (7 on lb1 and 1 on lb2). ${PRICE}` },
    ]);
  });

  test("add up thousands too", () => {
    const findings = [sessionsLeft("lb1", "1,200 sessions"), sessionsLeft("lb2", "900 sessions")];
    expect(groupFindings(findings)[0]?.message).toBe(`SRV1 has 2,100 sessions (1,200 on lb1 and 900 on lb2). ${PRICE}`);
  });

  test("are the warnings of a plan, too", () => {
    const warnings = ["lb1", "lb2"].map((lb) => ({
      ...{ code: "unproven-health", severity: "note" as const, lb },
      message: `APP1/SRV1 has no check on ${lb}: nothing can prove that it is well before it is ready again.`,
    }));
    expect(groupFindings(warnings)).toEqual([
      {
        ...{ severity: "note", lbs: ["lb1", "lb2"] },
        message: "APP1/SRV1 has no check on lb1 and lb2: nothing can prove that it is well before it is ready again.",
      },
    ]);
  });

  test("without a number name the load balancers together", () => {
    const findings = ["lb1", "lb2", "lb3"].map(
      (lb): Finding => ({
        code: "last-server",
        severity: "confirm",
        lb,
        message: `SRV1 is the last server of APP1 on ${lb} that takes new users.`,
      }),
    );
    expect(groupFindings(findings).map(({ message }) => message)).toEqual([
      "SRV1 is the last server of APP1 on lb1, lb2 and lb3 that takes new users.",
    ]);
  });

  test("that say different things stay apart, in their order", () => {
    const low = (lb: string, left: number): Finding => ({
      code: "below-minimum",
      severity: "confirm",
      lb,
      message: `This leaves APP1 on ${lb} with ${left} of 4 taking new users.`,
    });
    const findings = [low("lb1", 1), sessionsLeft("lb1", "1 session"), low("lb2", 0)];
    expect(groupFindings(findings).map(({ message }) => message)).toEqual(findings.map(({ message }) => message));
  });

  test("of one load balancer is the sentence as it came", () => {
    const one = sessionsLeft("lb1", "1 session");
    expect(groupFindings([one])).toEqual([{ severity: "confirm", lbs: ["lb1"], message: one.message }]);
  });

  test("a name that begins like another is not taken for it", () => {
    const findings = [sessionsLeft("lb1", "2 sessions"), sessionsLeft("lb10", "3 sessions")];
    expect(groupFindings(findings).map(({ message }) => message)).toEqual([
      `SRV1 has 5 sessions (2 on lb1 and 3 on lb10). ${PRICE}`,
    ]);
  });

  test("a load balancer that does something keeps its own sentence", () => {
    const silent = (lb: string): Finding => ({
      code: "not-live",
      severity: "note",
      lb,
      message: `${lb} does not answer: nothing can be set there.`,
    });
    expect(groupFindings([silent("lb1"), silent("lb2")])).toHaveLength(2);
  });
});
