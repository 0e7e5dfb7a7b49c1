"use client";
// Step 2 for an admin: name a load balancer and try its socket. Nothing is stored by trying.
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { ask } from "#components/settings/api.ts";
import { LoadBalancerDialog } from "#components/settings/load-balancer-dialog.tsx";
import type { useCandidates } from "./use-candidates.ts";

/** HAProxy may be started while one looks at this page. */
const LOOK_AGAIN_MS = 5_000;

export function NameIt({ candidates }: { candidates: ReturnType<typeof useCandidates> }) {
  const { tryOut, testing, freeName, all } = candidates;
  const [typedName, setName] = useState<string | null>(null);
  const [address, setAddress] = useState("");
  const [isMore, setIsMore] = useState(false);
  const id = useId();
  const name = typedName ?? freeName;
  const nearby = useQuery({
    queryKey: ["nearby-sockets"],
    queryFn: async () => (await ask<{ sockets: string[] }>("GET", "/settings/load-balancers/nearby")).sockets,
    refetchInterval: LOOK_AGAIN_MS,
  });
  const others = (nearby.data ?? []).filter((path) => !all.some((one) => one.address === path));

  async function test(path: string) {
    await tryOut(name.trim(), path.trim());
    setName(null);
  }
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    void test(address);
  }
  return (
    <>
      <h2 className="first-title">Name the load balancer</h2>
      <form className="first-form" method="post" onSubmit={submit}>
        <div>
          <label htmlFor={`${id}-name`}>Name</label>
          <input
            id={`${id}-name`}
            className="field-input"
            value={name}
            onChange={(event) => setName(event.target.value)}
            pattern="[A-Za-z0-9][A-Za-z0-9_.\-]*"
            title="letters, digits, - _ and ."
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            required
            maxLength={63}
          />
        </div>
        <div>
          <label htmlFor={`${id}-socket`}>Socket</label>
          <input
            id={`${id}-socket`}
            className="field-input"
            value={address}
            placeholder="/run/haproxy/admin.sock or tcp://10.20.0.13:9999"
            onChange={(event) => setAddress(event.target.value)}
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            required
            maxLength={600}
          />
        </div>
        <div className="first-buttons">
          <button type="submit" className="btn btn-lg btn-primary" aria-disabled={testing.isBusy}>
            {testing.isBusy ? "Testing" : "Test connection"}
          </button>
          <button type="button" className="btn btn-lg" onClick={() => setIsMore(true)}>
            TLS or master CLI…
          </button>
        </div>
      </form>
      <p role="alert" className="field-problem">
        {testing.refusal}
      </p>
      {others.length > 0 && (
        <section aria-label="Found on this machine" className="first-nearby">
          <h3>Found on this machine</h3>
          <ul>
            {others.map((path) => (
              <li key={path}>
                <code title={path}>{path}</code>
                <button
                  type="button"
                  className="btn btn-sm"
                  aria-disabled={testing.isBusy}
                  onClick={() => {
                    setAddress(path);
                    void test(path);
                  }}
                >
                  Test<span className="sr-only"> {path}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <p className="first-note">For a socket file, the user that runs Drainboard must be in its group.</p>
      {isMore && <LoadBalancerDialog before={null} onClose={() => setIsMore(false)} />}
    </>
  );
}
