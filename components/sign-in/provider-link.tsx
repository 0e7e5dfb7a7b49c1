/** A link, not a button: it leaves for the provider's page, and a whole load it is. */
export function ProviderLink({ label, next }: { label: string; next: string | null }) {
  const query = next === null ? "" : `?next=${encodeURIComponent(next)}`;
  return (
    <div className="mt-4">
      <div className="flex items-center gap-3 text-sm text-ink-3" aria-hidden="true">
        <span className="h-px flex-1 bg-line" />
        or
        <span className="h-px flex-1 bg-line" />
      </div>
      <a
        href={`/auth/oidc/start${query}`}
        className="mt-4 grid h-11 w-full place-items-center rounded-sm border border-line-strong bg-surface text-[15px] font-semibold text-ink"
      >
        {label}
      </a>
    </div>
  );
}
