"use client";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, type RefObject, useRef, useState } from "react";
import { Glyph } from "#components/glass/glyph.tsx";
import "./ui.css";

interface DialogProps {
  title: string;
  text?: string;
  onClose(): void;
  children?: ReactNode;
  foot: ReactNode;
  /** focused first; without it, the dialog itself */
  focusFirst?: RefObject<HTMLElement | null>;
  /** a sheet at the bottom edge, for the thumb */
  isSheet?: boolean;
  /** room for a picture beside its facts; on a phone a sheet */
  isWide?: boolean;
  /** Ctrl/Cmd+Enter; left out by a dialog that destroys something */
  onConfirm?(): void;
}

export function Dialog({
  title,
  text,
  onClose,
  children,
  foot,
  focusFirst,
  isSheet = false,
  isWide = false,
  onConfirm,
}: DialogProps) {
  const content = useRef<HTMLDivElement>(null);
  // A dialog that answers a command has no trigger of its own: the focus goes back to where it was.
  const [returnTo] = useState(() => document.activeElement);
  return (
    <Radix.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="dialog-shade" />
        <Radix.Content
          ref={content}
          className={`dialog ${isSheet ? "dialog-sheet" : ""} ${isWide ? "dialog-wide" : ""}`}
          onKeyDown={(event) => {
            if (onConfirm === undefined || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
            event.preventDefault();
            onConfirm();
          }}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            (focusFirst?.current ?? content.current)?.focus();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (returnTo instanceof HTMLElement) returnTo.focus();
          }}
          {...(text === undefined ? { "aria-describedby": undefined } : {})}
        >
          <div className="dialog-head">
            <div className="dialog-title">
              <Radix.Title>{title}</Radix.Title>
              {text !== undefined && <Radix.Description className="dialog-text">{text}</Radix.Description>}
            </div>
            <Radix.Close className="icon-btn" aria-label="Close">
              <Glyph name="close" />
            </Radix.Close>
          </div>
          {children !== undefined && <div className="dialog-body">{children}</div>}
          {foot !== null && <div className="dialog-foot">{foot}</div>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
