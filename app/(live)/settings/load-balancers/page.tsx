import type { Metadata } from "next";
import { LoadBalancers } from "#components/settings/load-balancers.tsx";

export const metadata: Metadata = { title: "Load balancers" };

export default function Page() {
  return <LoadBalancers />;
}
