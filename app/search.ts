/** What Next gives a page. Its own PageProps exists only after a build. */
export interface PageInput {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

/** One value of a search parameter that may be missing or given several times. */
export function firstOf(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null;
}
