import type { Metadata } from "next";
import Link from "next/link";
import { MessagePage } from "#components/shell/message-page.tsx";
import { firstOf, type PageInput } from "../search.ts";

export const metadata: Metadata = { title: "Not allowed" };

/** What the server answers in place of a page that this person may not open; `why` is its sentence. */
export default async function NotAllowedPage({ searchParams }: PageInput) {
  const { why } = await searchParams;
  return (
    <MessagePage title="You may not open this page">
      <p>{firstOf(why)?.slice(0, 500) ?? "Your role does not allow it. Ask an admin."}</p>
      <Link href="/" className="font-medium text-ink underline underline-offset-3">
        Open the board
      </Link>
    </MessagePage>
  );
}
