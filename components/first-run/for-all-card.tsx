"use client";
// What holds for every load balancer, and cannot be read from a socket.
import { useQuery } from "@tanstack/react-query";
import { ask } from "#components/settings/api.ts";
import { backendsKey } from "#components/settings/keys.ts";
import { useChange } from "#components/settings/use-change.ts";
import { type AfterReload, afterReloadChoices, type BackendSettings } from "#lib/wire/settings.ts";
import { FactRow } from "./candidate-card.tsx";

const words: Record<AfterReload, string> = { ask: "asks first", "re-apply": "sets them again", leave: "leaves it" };

export function ForAllCard() {
  const settings = useQuery({
    queryKey: backendsKey,
    queryFn: () => ask<BackendSettings>("GET", "/settings/backends"),
  });
  const change = useChange(backendsKey);
  const afterReload = settings.data?.afterReload;
  return (
    <section className="first-card" aria-label="For all of them">
      <div className="first-card-head">
        <h3>For all of them</h3>
      </div>
      <dl>
        <FactRow
          fact={{
            ...{ tone: "warn", label: "Minimum", fix: "" },
            text: "not set. Drainboard warns below half until you set one per backend.",
          }}
        />
        <FactRow
          fact={{
            ...{ tone: "unknown", label: "Slowstart", fix: "" },
            text: "not visible over the socket. Learned at the first ramp.",
          }}
        />
        <FactRow
          fact={{
            ...{ tone: "unknown", label: "After a reload", fix: change.refusal ?? "" },
            text: "HAProxy forgets drain and maint. Drainboard then",
          }}
        >
          {afterReload !== undefined && (
            <select
              className="field-input"
              aria-label="After a reload Drainboard"
              value={afterReload.value}
              disabled={!afterReload.isEditable || change.isBusy}
              onChange={(event) =>
                void change.run(() => ask("PUT", "/settings/after-reload", { afterReload: event.target.value }))
              }
            >
              {afterReloadChoices.map((choice) => (
                <option key={choice} value={choice}>
                  {words[choice]}
                </option>
              ))}
            </select>
          )}
        </FactRow>
      </dl>
    </section>
  );
}
