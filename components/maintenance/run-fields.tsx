"use client";
// The part of the start dialog that only a run has: its order, how many at a time, and whether the servers of one machine
// go together.
import type { Dispatch, SetStateAction } from "react";
import { Glyph } from "#components/glass/glyph.tsx";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { HostGroup } from "#lib/maintenance/hosts.ts";
import type { BackendImpact } from "#lib/maintenance/impact.ts";
import { plural } from "#lib/util/format.ts";
import type { MaintenancePreview } from "#lib/wire/events.ts";
import { isBelowMinimum } from "./impact.ts";
import type { StartForm } from "./start-form.ts";

interface RunFieldsProps {
  form: StartForm;
  setForm: Dispatch<SetStateAction<StartForm>>;
  /** null: no two of the servers share an address, so there is nothing to choose */
  hosts: readonly HostGroup[] | null;
  preview: MaintenancePreview | null;
}

export function RunFields({ form, setForm, hosts, preview }: RunFieldsProps) {
  const isByHost = form.by === "host" && hosts !== null;
  const units = isByHost ? hosts.length : form.servers.length;
  const leaveOut = (id: ServerId) => {
    setForm({ ...form, servers: form.servers.filter((other) => other !== id) });
  };
  return (
    <div className="run">
      <label className="field-line">
        <h3>At a time</h3>
        <select
          className="field-input"
          aria-label={isByHost ? "Hosts out at a time" : "Servers out at a time"}
          value={form.concurrency}
          onChange={(event) => setForm({ ...form, concurrency: Number(event.target.value) })}
        >
          {Array.from({ length: units }, (_, at) => at + 1).map((k) => (
            <option key={k} value={k}>
              {`${k === units && units > 1 ? "all " : ""}${isByHost ? plural(k, "host") : k}`}
            </option>
          ))}
        </select>
        <span className="c-ink2">
          {`The next starts only when ${isByHost ? "each" : "its"} backend keeps its minimum. A server that fails pauses the run and asks.`}
        </span>
      </label>
      {hosts !== null && (
        <label className="ack run-by">
          <input
            type="checkbox"
            checked={isByHost}
            onChange={(event) => setForm({ ...form, by: event.target.checked ? "host" : "server", concurrency: 1 })}
          />
          Host by host: the servers of one address go out together and return together
        </label>
      )}
      {isByHost ? (
        <ol className="run-list is-by-host" aria-label="Hosts in order">
          {hosts.map((group) => (
            <li key={group.host} className="run-host">
              <b>{group.host}</b>
              {group.servers.map((id) => (
                <Name key={id} id={id} isOnly={form.servers.length === 1} onLeaveOut={leaveOut} />
              ))}
              <HostImpact impact={preview?.hosts.find((one) => one.host === group.host)?.impact ?? []} />
            </li>
          ))}
        </ol>
      ) : (
        <ol className="run-list" aria-label="Servers in order">
          {form.servers.map((id) => (
            <li key={id}>
              <Name id={id} isOnly={form.servers.length === 1} onLeaveOut={leaveOut} />
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

interface NameProps {
  id: ServerId;
  isOnly: boolean;
  onLeaveOut(id: ServerId): void;
}

function Name({ id, isOnly, onLeaveOut }: NameProps) {
  return (
    <span>
      {id}
      <button
        type="button"
        className="icon-btn"
        aria-label={`Leave ${id} out`}
        disabled={isOnly}
        onClick={() => onLeaveOut(id)}
      >
        <Glyph name="close" size={12} />
      </button>
    </span>
  );
}

/** What this step alone leaves of each backend. */
function HostImpact({ impact }: { impact: readonly BackendImpact[] }) {
  if (impact.length === 0) return null;
  const words = impact.map((one) => `${one.backend} ${one.takingThen} of ${one.capacity}`);
  return (
    <small className={impact.some(isBelowMinimum) ? "c-down" : ""}>{`leaves ${words.join(", ")} for new users`}</small>
  );
}
