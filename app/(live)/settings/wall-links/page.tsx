import type { Metadata } from "next";
import { WallLinks } from "#components/settings/wall-links.tsx";

export const metadata: Metadata = { title: "Wall links" };

export default function Page() {
  return <WallLinks />;
}
