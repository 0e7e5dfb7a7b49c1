"use client";
// Tells the result of one's own click, bottom left, for eight seconds. Never an alarm: those have their own places.
import { Toast as Radix } from "radix-ui";
import { createContext, type ReactNode, useCallback, useContext, useState } from "react";
import { Glyph } from "#components/glass/glyph.tsx";
import "#components/ui/ui.css";
import "./toast.css";

const SHOWN_FOR_MS = 8_000;

export interface ToastContent {
  text: string;
  undo?: () => void;
}

const ToastContext = createContext<(toast: ToastContent) => void>(() => {});

export function useToast(): (toast: ToastContent) => void {
  return useContext(ToastContext);
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<{ serial: number; toast: ToastContent | null }>({ serial: 0, toast: null });
  const show = useCallback((toast: ToastContent) => setShown(({ serial }) => ({ serial: serial + 1, toast })), []);
  const { serial, toast } = shown;
  return (
    <ToastContext value={show}>
      <Radix.Provider duration={SHOWN_FOR_MS} swipeDirection="left" label="Notification">
        {children}
        {toast !== null && (
          <Radix.Root
            key={serial}
            className="toast"
            type="foreground"
            onOpenChange={(isOpen) => !isOpen && setShown({ serial, toast: null })}
          >
            <Radix.Description className="toast-text">{toast.text}</Radix.Description>
            {toast.undo !== undefined && (
              <Radix.Action
                className="btn btn-sm"
                altText="Undo: each load balancer gets back the state it had"
                onClick={toast.undo}
              >
                Undo
              </Radix.Action>
            )}
            <Radix.Close className="icon-btn" aria-label="Close">
              <Glyph name="close" />
            </Radix.Close>
          </Radix.Root>
        )}
        <Radix.Viewport className="toasts" label="Notifications ({hotkey})" />
      </Radix.Provider>
    </ToastContext>
  );
}
