"use client";
import { useId, useRef } from "react";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";

interface SecretDialogProps {
  title: string;
  /** whom to give it, until when it works */
  text: string;
  /** accessible name of what is shown */
  label: string;
  secret: string;
  onClose(): void;
}

/** A token or link, in the one moment in which it can be seen. */
export function SecretDialog({ title, text, label, secret, onClose }: SecretDialogProps) {
  const id = useId();
  const done = useRef<HTMLButtonElement>(null);
  return (
    <Dialog
      title={title}
      text={text}
      onClose={onClose}
      focusFirst={done}
      foot={
        <button type="button" ref={done} className="btn btn-primary" onClick={onClose}>
          Done
        </button>
      }
    >
      <div className="set-secret">
        {/* biome-ignore lint/a11y/useSemanticElements: an output would be read aloud letter by letter */}
        <code id={id} role="group" aria-label={label}>
          {secret}
        </code>
        <CopyButton text={secret} selects={id} />
      </div>
      <p className="field-note">It is shown this once; Drainboard keeps only a fingerprint of it.</p>
    </Dialog>
  );
}
