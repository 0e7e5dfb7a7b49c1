import type { ReactNode } from "react";
import { SettingsPage } from "#components/settings/settings-page.tsx";

export default function SettingsLayout({ children }: { children: ReactNode }) {
  return <SettingsPage>{children}</SettingsPage>;
}
