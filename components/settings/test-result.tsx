"use client";
// What a test of an address found, each with what to do about it.
import { Glyph } from "#components/glass/glyph.tsx";
import { plural } from "#lib/util/format.ts";
import type { AddressTest } from "#lib/wire/settings.ts";

export function TestResult({ test, refusal }: { test: AddressTest | null; refusal: string | null }) {
  return (
    // in the page from the start, so that what appears is announced
    <div role="status" aria-label="Test" className="set-test">
      {refusal !== null && <p className="field-problem">{refusal}</p>}
      {test !== null && (
        <>
          {test.version !== null && (
            <p className="set-finding">
              <Glyph name={test.ok ? "done" : "warn"} size={14} className={test.ok ? "c-ready" : "c-maint"} />
              <span>
                <b>{`HAProxy ${test.version} answers${test.level === null ? "" : `, level ${test.level}`}.`}</b>
                {test.servers !== null && test.backends !== null && (
                  <> {`${plural(test.backends, "backend")}, ${plural(test.servers, "server")}.`}</>
                )}
              </span>
            </p>
          )}
          {test.findings.map((finding) => (
            <p key={`${finding.of} ${finding.code}`} className="set-finding">
              <Glyph
                name={finding.severity === "error" ? "down" : "warn"}
                size={14}
                className={finding.severity === "error" ? "c-down" : "c-maint"}
              />
              <span>
                <b>{finding.of === "master" ? `Master CLI: ${finding.message}` : finding.message}</b>
                <span className="set-fix">{finding.fix}</span>
              </span>
            </p>
          ))}
        </>
      )}
    </div>
  );
}
