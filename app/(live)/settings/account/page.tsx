import type { Metadata } from "next";
import { Account } from "#components/settings/account.tsx";

export const metadata: Metadata = { title: "Account" };

export default function Page() {
  return <Account />;
}
