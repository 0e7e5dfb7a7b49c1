"use client";
// Maintenances that this version of the app cannot read. They do nothing; their servers stay claimed until somebody looked.
import { Glyph } from "#components/glass/glyph.tsx";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import { useMaintenanceActions } from "./actions.tsx";
import { RequestButton, serversOf } from "./request-buttons.tsx";

export function UnreadableList({ all }: { all: readonly MaintenanceSummary[] }) {
  const actions = useMaintenanceActions();
  if (all.length === 0) return null;
  return (
    <ul aria-label="Cannot be read">
      {all.map((one) => (
        <li key={one.id} className="attn">
          <h3>
            <Glyph name="warn" size={15} />
            {`Maintenance ${one.id} cannot be read`}
          </h3>
          <p>{one.unreadable}</p>
          <div className="strip-actions">
            <RequestButton servers={serversOf(one)} className="btn-sm" onClick={() => actions.letGo(one)}>
              Let go
              <span className="sr-only">{` of maintenance ${one.id}`}</span>
            </RequestButton>
          </div>
        </li>
      ))}
    </ul>
  );
}
