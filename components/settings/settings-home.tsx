"use client";
import { useLive } from "#components/live/hooks.ts";
import { Account } from "./account.tsx";
import { LoadBalancers } from "./load-balancers.tsx";
import { People } from "./people.tsx";

/** The first section that this person may open. */
export function SettingsHome() {
  const role = useLive((live) => live.me?.role);
  switch (role) {
    case undefined:
      return null;
    case "admin":
      return <People />;
    case "operator":
      return <LoadBalancers />;
    case "viewer":
      return <Account />;
  }
}
