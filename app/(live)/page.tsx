import type { Metadata } from "next";
import { Home } from "#components/shell/home.tsx";

export const metadata: Metadata = { title: { absolute: "Drainboard" } };

export default function BoardPage() {
  return <Home />;
}
