"use client";
// What is looked for. Everything stands in the page's address, so that a view can be sent to a colleague.
import { type Ref, useEffect, useRef, useState } from "react";
import { Glyph } from "#components/glass/glyph.tsx";
import { useLive } from "#components/live/hooks.ts";
import { Menu, MenuChoice } from "#components/ui/menu.tsx";
import { type AuditSearch, addressOf, EVERYTHING, ranges, type SearchField } from "#lib/audit/search.ts";
import { actionChoices, outcomeWords } from "#lib/audit/words.ts";

const TYPING_MS = 300;
const outcomes = ["done", "refused", "denied", "unknown"] as const;

interface FiltersProps {
  search: AuditSearch;
  onSearch(search: AuditSearch): void;
  searchRef: Ref<HTMLInputElement>;
  hasShortcuts: boolean;
}

export function Filters({ search, onSearch, searchRef, hasShortcuts }: FiltersProps) {
  // As texts: they stay the same while the numbers of every poll change.
  const lbs = namesOf(useLive((live) => live.fleet?.loadBalancers.map((lb) => lb.name).join("\n") ?? ""));
  const servers = namesOf(useLive((live) => [...(live.fleet?.servers.keys() ?? [])].join("\n")));
  const set = (changes: Partial<AuditSearch>) => onSearch({ ...search, ...changes });
  const range = ranges.find((one) => one.range === search.range);
  const hasTimes = search.from !== "" || search.to !== "";
  const action = actionChoices.find((one) => one.action === search.action);
  return (
    <search className="filters events-filters" aria-label="Events">
      <span className="search">
        <Glyph name="search" size={13} />
        <Typed
          name="Search events"
          value={search.text}
          onValue={(text) => set({ text })}
          inputRef={searchRef}
          type="search"
        />
        {hasShortcuts && search.text === "" && <kbd className="kbd">/</kbd>}
      </span>
      <Named field="server" name="Server" options={servers} search={search} onSearch={onSearch} />
      <Named field="actor" name="Person" options={[]} search={search} onSearch={onSearch} />
      <Pick
        name="Time"
        value={range?.word ?? (hasTimes ? "From, to" : "All time")}
        choices={[
          { word: "All time", isOn: range === undefined && !hasTimes, changes: { range: null, from: "", to: "" } },
          ...ranges.map((one) => ({
            word: one.word,
            isOn: one.range === search.range,
            changes: { range: one.range, from: "", to: "" },
          })),
          { word: "From, to", isOn: hasTimes, changes: { range: null, from: dayStart(), to: "" } },
        ]}
        onPick={set}
      />
      {hasTimes && search.range === null && (
        <span className="events-times">
          <Moment name="From" value={search.from} onValue={(from) => set({ from })} />
          <Moment name="to" value={search.to} onValue={(to) => set({ to })} />
        </span>
      )}
      <Pick
        name="Action"
        value={action?.word ?? (search.action === "" ? "All actions" : search.action)}
        choices={[
          { word: "All actions", isOn: search.action === "", changes: { action: "" } },
          ...actionChoices.map((one) => ({
            word: one.word,
            isOn: one.action === search.action,
            changes: { action: one.action },
          })),
        ]}
        onPick={set}
      />
      <Pick
        name="Outcome"
        value={
          outcomes.some((one) => one === search.outcome)
            ? outcomeWords[search.outcome as (typeof outcomes)[number]]
            : "Every outcome"
        }
        choices={[
          { word: "Every outcome", isOn: search.outcome === "", changes: { outcome: "" } },
          ...outcomes.map((outcome) => ({
            word: outcomeWords[outcome],
            isOn: outcome === search.outcome,
            changes: { outcome },
          })),
        ]}
        onPick={set}
      />
      {(lbs.length > 1 || search.lb !== "") && (
        <Pick
          name="Load balancer"
          value={search.lb === "" ? "All load balancers" : search.lb}
          choices={[
            { word: "All load balancers", isOn: search.lb === "", changes: { lb: "" } },
            ...lbs.map((lb) => ({ word: lb, isOn: lb === search.lb, changes: { lb } })),
          ]}
          onPick={set}
        />
      )}
      {addressOf(search) !== "" && (
        <button type="button" className="btn btn-sm btn-quiet" onClick={() => onSearch(EVERYTHING)}>
          Clear
        </button>
      )}
    </search>
  );
}

function namesOf(text: string): string[] {
  return text === "" ? [] : text.split("\n");
}

interface PickProps {
  name: string;
  value: string;
  choices: readonly { word: string; isOn: boolean; changes: Partial<AuditSearch> }[];
  onPick(changes: Partial<AuditSearch>): void;
}

function Pick({ name, value, choices, onPick }: PickProps) {
  return (
    <Menu
      className="pick events-pick"
      align="start"
      name={`${name}: ${value}`}
      trigger={
        <>
          {value}
          <Glyph name="chevron" size={12} />
        </>
      }
      items={() =>
        choices.map(({ word, isOn, changes }) => (
          <MenuChoice key={word} isOn={isOn} onSelect={() => onPick(changes)}>
            {word}
          </MenuChoice>
        ))
      }
    />
  );
}

interface NamedProps {
  field: Extract<SearchField, "server" | "actor">;
  name: string;
  options: readonly string[];
  search: AuditSearch;
  onSearch(search: AuditSearch): void;
}

function Named({ field, name, options, search, onSearch }: NamedProps) {
  return (
    <span className="events-named">
      <Typed
        name={name}
        value={search[field]}
        list={`events-${field}`}
        onValue={(value) => onSearch({ ...search, [field]: value })}
      />
      {options.length > 0 && (
        <datalist id={`events-${field}`}>
          {options.map((option) => (
            <option key={option} value={option} />
          ))}
        </datalist>
      )}
    </span>
  );
}

interface TypedProps {
  name: string;
  value: string;
  onValue(value: string): void;
  inputRef?: Ref<HTMLInputElement>;
  type?: "search" | "text";
  list?: string;
}

/** Sent a moment after the last key. A value from elsewhere (Clear, the address) replaces what was typed. */
function Typed({ name, value, onValue, inputRef, type = "text", list }: TypedProps) {
  const [typed, setTyped] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setTyped(value);
  }
  const send = useRef(onValue);
  useEffect(() => {
    send.current = onValue;
  });
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => {
      setKnown(typed.trim());
      send.current(typed.trim());
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, value]);
  return (
    <input
      ref={inputRef}
      type={type}
      list={list}
      value={typed}
      placeholder={name}
      aria-label={name}
      autoComplete="off"
      spellCheck={false}
      maxLength={200}
      onChange={(event) => setTyped(event.target.value)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        if (typed === "") event.currentTarget.blur();
        setTyped("");
      }}
    />
  );
}

function Moment({ name, value, onValue }: { name: string; value: string; onValue(value: string): void }) {
  return (
    <label>
      {name}
      <input
        type="datetime-local"
        value={value === "" ? "" : localOf(value)}
        onChange={(event) => {
          const at = Date.parse(event.target.value);
          onValue(Number.isNaN(at) ? "" : new Date(at).toISOString());
        }}
      />
    </label>
  );
}

/** What `datetime-local` takes: the reader's own time, to the minute. */
function localOf(iso: string): string {
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function dayStart(): string {
  const at = new Date();
  at.setHours(0, 0, 0, 0);
  return at.toISOString();
}
