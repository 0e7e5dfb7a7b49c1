/** How many rows a flat array of a delta changes: index, mask, then a value for each bit of the mask. */
export function countRows(flat: readonly unknown[], fieldCount: number): number {
  let rows = 0;
  for (let at = 0; at < flat.length; rows++) {
    const mask = Number(flat[at + 1]);
    at += 2;
    for (let field = 0; field < fieldCount; field++) if (mask & (1 << field)) at += 1;
  }
  return rows;
}
