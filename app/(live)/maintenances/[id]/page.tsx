import type { Metadata } from "next";
import { MaintenancePage } from "#components/maintenance/maintenance-page.tsx";

export const metadata: Metadata = { title: "Maintenance" };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <MaintenancePage id={decodeURIComponent(id)} />;
}
