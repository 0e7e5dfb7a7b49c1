"use client";

import { MessagePage } from "#components/shell/message-page.tsx";

export default function ErrorPage({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <MessagePage title="This page failed">
      <p>
        That is a mistake in Drainboard. HAProxy is not touched by it, and the app goes on: maintenances, the REST API
        and other pages work.
      </p>
      <p className="font-mono text-[12.5px] break-all text-ink-3">{error.digest ?? error.message}</p>
      <button type="button" onClick={reset} className="h-10 rounded-sm bg-ink px-4 text-sm font-semibold text-surface">
        Load it again
      </button>
    </MessagePage>
  );
}
