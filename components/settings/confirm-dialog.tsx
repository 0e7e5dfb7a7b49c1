"use client";
import { useRef } from "react";
import { Dialog } from "#components/ui/dialog.tsx";
import { Refused } from "./form.tsx";
import type { Change } from "./use-change.ts";

interface ConfirmDialogProps {
  title: string;
  /** what comes of it, one sentence */
  text: string;
  /** on the button: what happens, to what */
  verb: string;
  change: Change;
  onClose(): void;
  onConfirm(): void;
}

/** Asks before something is taken away. The focus is on leaving it as it is. */
export function ConfirmDialog({ title, text, verb, change, onClose, onConfirm }: ConfirmDialogProps) {
  const cancel = useRef<HTMLButtonElement>(null);
  return (
    <Dialog
      title={title}
      text={text}
      onClose={onClose}
      focusFirst={cancel}
      foot={
        <>
          <button type="button" ref={cancel} className="btn btn-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="button" className="btn btn-danger" aria-disabled={change.isBusy} onClick={onConfirm}>
            {verb}
          </button>
        </>
      }
    >
      <Refused>{change.refusal}</Refused>
    </Dialog>
  );
}
