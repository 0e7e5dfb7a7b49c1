"use client";
import type { Ref } from "react";
import { Glyph, type GlyphName } from "#components/glass/glyph.tsx";
import { Menu, MenuChoice } from "#components/ui/menu.tsx";
import { SearchField } from "#components/ui/search-field.tsx";
import type { Category, CategoryCounts, ServerFilter } from "#lib/fleet/category.ts";
import { count, cutMiddle } from "#lib/util/format.ts";

const LB_NAME_CHARS = 20;

const chips: readonly { category: Category | "all"; word: string; glyph: GlyphName | null }[] = [
  { category: "all", word: "All", glyph: null },
  { category: "ready", word: "Ready", glyph: "ready" },
  { category: "drain", word: "Drain", glyph: "drain" },
  { category: "maint", word: "Maint", glyph: "maint" },
  { category: "ramp", word: "Ramp", glyph: "ramp" },
  { category: "down", word: "Down", glyph: "down" },
  { category: "split", word: "Split", glyph: "split" },
];

interface FilterBarProps {
  filter: ServerFilter;
  onFilter(filter: ServerFilter): void;
  counts: CategoryCounts;
  lbNames: readonly string[];
  lb: string | null;
  onLb(lb: string | null): void;
  hasShortcuts: boolean;
  searchRef: Ref<HTMLInputElement>;
  /** Enter or ArrowDown in the field: on to the rows */
  onLeave(): void;
}

export function FilterBar(props: FilterBarProps) {
  const { filter, onFilter, counts, lbNames, lb, onLb, hasShortcuts, searchRef, onLeave } = props;
  return (
    <search className="filters" aria-label="Servers">
      <SearchField
        name="Filter servers"
        text={filter.text}
        onText={(text) => onFilter({ ...filter, text })}
        hasShortcuts={hasShortcuts}
        ref={searchRef}
        onLeave={onLeave}
      />
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset brings a legend and a frame */}
      <div className="chips" role="group" aria-label="Filter by state">
        {chips.map(({ category, word, glyph }) => {
          const isOn = filter.category === category;
          return (
            <button
              key={category}
              type="button"
              className={`chip ${isOn ? "is-on" : ""} ${counts[category] === 0 ? "is-zero" : ""}`}
              aria-pressed={isOn}
              onClick={() => onFilter({ ...filter, category: isOn ? "all" : category })}
            >
              {glyph !== null && <Glyph name={glyph} size={12} className={`c-${category}`} />}
              {word}
              <b>{count(counts[category])}</b>
            </button>
          );
        })}
      </div>
      <span className="grow" />
      {lbNames.length > 1 && (
        <Menu
          className="pick"
          name={`${lb === null ? "All load balancers" : `${lb} only`}: choose what is shown`}
          trigger={
            <>
              {lb === null ? "All load balancers" : `${cutMiddle(lb, LB_NAME_CHARS)} only`}
              <Glyph name="chevron" size={12} />
            </>
          }
          items={() => (
            <>
              <MenuChoice isOn={lb === null} onSelect={() => onLb(null)}>
                All load balancers
              </MenuChoice>
              {lbNames.map((name) => (
                <MenuChoice key={name} isOn={lb === name} onSelect={() => onLb(name)}>
                  {`${name} only`}
                </MenuChoice>
              ))}
            </>
          )}
        />
      )}
    </search>
  );
}
