import type { ReactNode } from "react";
import { TopBar } from "./top-bar.tsx";

/** A page that has one thing to say. */
export function MessagePage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col bg-surface">
      <TopBar />
      <main className="max-w-[640px] px-4 py-11 sm:px-[72px]">
        <h1 className="text-2xl tracking-[-0.02em]">{title}</h1>
        <div className="mt-1.5 flex flex-col items-start gap-5 text-base leading-5 text-ink-2">{children}</div>
      </main>
    </div>
  );
}
