import { useId } from "react";
import { CopyButton } from "#components/ui/copy-button.tsx";

/** Lines to copy, with what they are for. Lines that begin with # are comments there too. */
export function Snippet({ title, lines }: { title: string; lines: readonly string[] }) {
  const id = useId();
  return (
    <>
      <div className="flex min-h-7 items-center justify-between gap-3">
        <h2 className="text-[15px] leading-5">{title}</h2>
        <CopyButton text={lines.join("\n")} selects={id} />
      </div>
      <pre
        id={id}
        // it scrolls sideways on a phone: keyboards must reach it
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be focusable
        tabIndex={0}
        className="mt-2.5 overflow-x-auto rounded-sm border border-line bg-canvas px-2.5 py-3 font-mono text-[12.5px] leading-[21px]"
      >
        {lines.map((line, at) => (
          <span key={at} className={line.trimStart().startsWith("#") ? "text-ink-3" : undefined}>
            {at > 0 && "\n"}
            {line}
          </span>
        ))}
      </pre>
    </>
  );
}
