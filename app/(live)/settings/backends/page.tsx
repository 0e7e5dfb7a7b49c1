import type { Metadata } from "next";
import { Backends } from "#components/settings/backends.tsx";

export const metadata: Metadata = { title: "Backends" };

export default function Page() {
  return <Backends />;
}
