"use client";
import type { Ref } from "react";
import { Glyph } from "#components/glass/glyph.tsx";
import { SearchField } from "#components/ui/search-field.tsx";
import { type HostFilter, type HostState, hostStates } from "#lib/maintenance/host-view.ts";
import { count } from "#lib/util/format.ts";
import { stateMarks } from "./host-row.tsx";

interface HostFiltersProps {
  filter: HostFilter;
  onFilter(filter: HostFilter): void;
  counts: Readonly<Record<HostState | "all", number>>;
  hasShortcuts: boolean;
  searchRef: Ref<HTMLInputElement>;
  /** Enter or ArrowDown in the field: on to the rows */
  onLeave(): void;
}

export function HostFilters({ filter, onFilter, counts, hasShortcuts, searchRef, onLeave }: HostFiltersProps) {
  return (
    <search className="filters" aria-label="Hosts">
      <SearchField
        name="Filter hosts"
        text={filter.text}
        onText={(text) => onFilter({ ...filter, text })}
        hasShortcuts={hasShortcuts}
        ref={searchRef}
        onLeave={onLeave}
      />
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset brings a legend and a frame */}
      <div className="chips" role="group" aria-label="Filter by state">
        {(["all", ...hostStates] as const).map((state) => {
          const isOn = filter.state === state;
          const mark = state === "all" ? null : stateMarks[state];
          return (
            <button
              key={state}
              type="button"
              className={`chip ${isOn ? "is-on" : ""} ${counts[state] === 0 ? "is-zero" : ""}`}
              aria-pressed={isOn}
              onClick={() => onFilter({ ...filter, state: isOn ? "all" : state })}
            >
              {mark !== null && <Glyph name={mark.glyph} size={12} className={`c-${mark.tone}`} />}
              {mark?.word ?? "All"}
              <b>{count(counts[state])}</b>
            </button>
          );
        })}
      </div>
    </search>
  );
}
