import type { Figure } from "./figure.ts";

/** Plain columns, aligned; the peers, which are long, close each line. */
export function table(figures: readonly Figure[]): string {
  const head = ["", "measure", "figure", "goal", "", "beside it, same run"];
  const rows = figures.map((one) => [one.id, one.measure, one.figure, one.goal, verdict(one), one.peers]);
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function verdict(figure: Figure): string {
  if (figure.isMet === null) return "-";
  return figure.isMet ? "met" : "NOT MET";
}
