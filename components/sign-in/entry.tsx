import type { ReactNode } from "react";
import { BrandMark } from "../glass/glyph.tsx";
import { HowToRead } from "./how-to-read.tsx";

/** The two halves of sign-in and set-up: what to do, and what the board will show. */
export function Entry({ title, lead, children }: { title: string; lead: ReactNode; children: ReactNode }) {
  return (
    <div className="grid min-h-dvh grid-cols-1 bg-surface min-[1180px]:grid-cols-[560px_1fr]">
      <main className="flex flex-col justify-center px-6 py-10 sm:px-[88px]">
        <span className="flex items-center gap-[11px] text-[19px] font-semibold tracking-[-0.01em]">
          <BrandMark size={22} />
          Drainboard
        </span>
        <h1 className="mt-7 mb-1 text-2xl tracking-[-0.02em]">{title}</h1>
        <p className="text-base text-ink-2">{lead}</p>
        {children}
      </main>
      <aside className="grid content-center border-line bg-canvas px-6 py-12 sm:px-[88px] min-[1180px]:justify-center min-[1180px]:px-6 max-[1179px]:border-t min-[1180px]:border-l">
        <HowToRead />
      </aside>
    </div>
  );
}
