/** More than this many single pips do not fit: a bar of the same share instead. */
const MAX_PIPS = 8;

/** How many of a backend's servers take new users. The words beside it say the same. */
export function CapacityPips({ taking, capacity, isLow }: { taking: number; capacity: number; isLow: boolean }) {
  const className = isLow ? "pips is-low" : "pips";
  if (capacity > MAX_PIPS) {
    return (
      <span className={className} aria-hidden="true">
        <span className="pips-bar">
          <i style={{ width: `${Math.min(100, (taking / capacity) * 100)}%` }} />
        </span>
      </span>
    );
  }
  return (
    <span className={className} aria-hidden="true">
      {Array.from({ length: capacity }, (_, at) => (
        <i key={at} className={at < taking ? "is-full" : undefined} />
      ))}
    </span>
  );
}
