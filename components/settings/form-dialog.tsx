"use client";
import { type FormEvent, type ReactNode, useId, useRef } from "react";
import { Dialog } from "#components/ui/dialog.tsx";
import "#components/maintenance/maintenance.css";
import "./settings.css";

interface FormDialogProps {
  title: string;
  text?: string;
  verb: string;
  isBusy: boolean;
  onClose(): void;
  onSubmit(): void;
  /** buttons between Cancel and the verb */
  more?: ReactNode;
  children: ReactNode;
}

/** A dialog whose Enter is its verb, as in any form; the focus begins in its first field. */
export function FormDialog({ title, text, verb, isBusy, onClose, onSubmit, more, children }: FormDialogProps) {
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const first = useRef<HTMLElement | null>(null);
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    onSubmit();
  }
  return (
    <Dialog
      title={title}
      {...(text === undefined ? {} : { text })}
      onClose={onClose}
      focusFirst={first}
      onConfirm={() => form.current?.requestSubmit()}
      foot={
        <>
          <button type="button" className="btn btn-quiet" onClick={onClose}>
            Cancel
          </button>
          {more}
          <button type="submit" form={id} className="btn btn-primary" aria-disabled={isBusy}>
            {verb}
          </button>
        </>
      }
    >
      <form
        id={id}
        ref={(element) => {
          form.current = element;
          first.current = element?.querySelector<HTMLElement>("input:not(:disabled), select") ?? null;
        }}
        method="post"
        onSubmit={submit}
      >
        {children}
      </form>
    </Dialog>
  );
}
