"use client";
import { useMutation } from "@tanstack/react-query";
import { Glyph } from "#components/glass/glyph.tsx";
import { count } from "#lib/util/format.ts";
import type { AuditVerification } from "#lib/wire/audit.ts";
import { fetchVerification } from "./fetch-audit.ts";

/** Reads the whole chain and says what it found, beside the button. */
export function ChainCheck() {
  const { mutate, data, error, isPending } = useMutation({ mutationFn: fetchVerification });
  return (
    <>
      <span role="status" className={`chain-found ${data?.ok === false ? "is-broken" : ""}`}>
        {data !== undefined && !isPending && (
          <>
            <Glyph name={data.ok ? "done" : "warn"} size={13} />
            {words(data)}
          </>
        )}
        {error !== null && !isPending && `It cannot be checked now: ${error.message}`}
      </span>
      <button type="button" className="btn" disabled={isPending} onClick={() => mutate()}>
        {isPending ? "Checking the chain" : "Check the chain"}
      </button>
    </>
  );
}

function words(found: AuditVerification): string {
  if (!found.ok) return found.detail;
  return `Whole: ${count(found.count)} ${found.count === 1 ? "row" : "rows"}`;
}
