import { BrandMark } from "../glass/glyph.tsx";

/** The head of pages without the board's own. */
export function TopBar() {
  return (
    <header className="flex h-12 shrink-0 items-center gap-[9px] border-b border-line bg-surface px-4 text-[15px] font-semibold">
      <BrandMark size={17} />
      Drainboard
    </header>
  );
}
