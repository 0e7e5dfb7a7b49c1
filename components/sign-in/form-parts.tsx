"use client";

import { type ComponentProps, type ReactNode, useId } from "react";

export function Field({ label, hint, ...input }: { label: string; hint?: string } & ComponentProps<"input">) {
  const id = useId();
  const hintId = `${id}-hint`;
  return (
    <div className="mt-4">
      <label htmlFor={id} className="block text-base font-medium">
        {label}
      </label>
      <input
        id={id}
        aria-describedby={hint === undefined ? undefined : hintId}
        className="mt-1.5 block h-11 w-full rounded-sm border border-line-strong bg-surface px-3 text-[15px] focus-visible:border-ink focus-visible:outline-offset-1"
        {...input}
      />
      {hint !== undefined && (
        <p id={hintId} className="mt-1.5 text-sm leading-[18px] text-ink-3">
          {hint}
        </p>
      )}
    </div>
  );
}

export function SubmitButton({ isBusy, children }: { isBusy: boolean; children: ReactNode }) {
  // not disabled while it sends: a disabled button loses the focus
  return (
    <button
      type="submit"
      aria-disabled={isBusy}
      className="mt-[22px] h-11 w-full rounded-sm bg-ink text-[15px] font-semibold text-surface"
    >
      {children}
    </button>
  );
}

/** In the page from the start, so that screen readers announce what appears in it. */
export function FormAlert({ children }: { children: ReactNode }) {
  return (
    <div role="alert">
      {children !== null && (
        <p className="mt-4 rounded-sm bg-down-tint px-3 py-2.5 text-base leading-5 text-down">{children}</p>
      )}
    </div>
  );
}
