import type { Metadata } from "next";
import Link from "next/link";
import { MessagePage } from "#components/shell/message-page.tsx";

export const metadata: Metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <MessagePage title="There is no such page">
      <p>The address may be mistyped, or the server it names is not in any load balancer&rsquo;s configuration now.</p>
      <Link href="/" className="font-medium text-ink underline underline-offset-3">
        Open the board
      </Link>
    </MessagePage>
  );
}
