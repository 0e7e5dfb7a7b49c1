"use client";
// What the sections are made of: a head with one action, a list that says when it is empty or cannot be read, a row.
import type { ReactNode } from "react";
import { sentenceOf } from "./api.ts";

export function SectionHead({ title, lead, children }: { title: string; lead: string; children?: ReactNode }) {
  return (
    <div className="set-head">
      <div>
        <h1>{title}</h1>
        <p>{lead}</p>
      </div>
      {children}
    </div>
  );
}

interface ListOfProps<T> {
  name: string;
  rows: { data: readonly T[] | undefined; error: unknown };
  empty: string;
  children(row: T): ReactNode;
}

export function ListOf<T>({ name, rows: { data, error }, empty, children }: ListOfProps<T>) {
  if (data === undefined) {
    return (
      <p className="set-empty" role={error === null ? "status" : "alert"}>
        {error === null ? "Reading." : sentenceOf(error)}
      </p>
    );
  }
  if (data.length === 0) return <p className="set-empty">{empty}</p>;
  return (
    <ul className="set-list" aria-label={name}>
      {data.map(children)}
    </ul>
  );
}

interface RowProps {
  /** accessible name of the row */
  name: string;
  title: ReactNode;
  /** short facts beside the title, empty ones are left out */
  facts?: readonly ReactNode[];
  children?: ReactNode;
  actions?: ReactNode;
}

export function Row({ name, title, facts = [], children, actions }: RowProps) {
  return (
    <li className="set-row" aria-label={name}>
      <div className="set-what">
        <h2>{title}</h2>
        <p className="set-facts">
          {facts
            .filter((fact) => fact !== "" && fact !== null && fact !== false)
            .map((fact, at) => (
              <span key={at}>{fact}</span>
            ))}
        </p>
        {children}
      </div>
      {actions !== undefined && <div className="set-actions">{actions}</div>}
    </li>
  );
}

interface ActionProps {
  /** the whole sentence, for those who hear one button at a time */
  name: string;
  isDanger?: boolean;
  onClick(): void;
  children: string;
}

export function Action({ name, isDanger = false, onClick, children }: ActionProps) {
  return (
    <button
      type="button"
      className={`btn btn-sm ${isDanger ? "btn-outline-danger" : ""}`}
      aria-label={name}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
