import type { Metadata } from "next";
import { ServerPage } from "#components/server-detail/server-page.tsx";
import { serverId } from "#lib/haproxy/names.ts";

interface Props {
  params: Promise<{ backend: string; server: string }>;
}

async function idOf({ params }: Props): Promise<string> {
  const { backend, server } = await params;
  return serverId(decodeURIComponent(backend), decodeURIComponent(server));
}

export async function generateMetadata(props: Props): Promise<Metadata> {
  return { title: await idOf(props) };
}

export default async function Page(props: Props) {
  return <ServerPage id={await idOf(props)} />;
}
