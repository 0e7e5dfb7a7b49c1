"use client";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { useTheme } from "next-themes";
import { notifyBlockedWhy, useNotifySetting } from "#components/attention/notify.ts";
import { BrandMark, Glyph } from "#components/glass/glyph.tsx";
import { useOpenKeyboard } from "#components/keyboard/keyboard.tsx";
import { useLive } from "#components/live/hooks.ts";
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuLine } from "#components/ui/menu.tsx";
import { cutMiddle } from "#lib/util/format.ts";
import { Clock } from "./ages.tsx";
import { LbChips } from "./lb-chips.tsx";
import { useSignOut } from "./sign-out.ts";

const NAME_CHARS = 16;
const themes = [
  { value: "system", word: "As the system" },
  { value: "light", word: "Light" },
  { value: "dark", word: "Dark" },
] as const;

interface HeaderProps {
  hasShortcuts: boolean;
  onShortcuts(isOn: boolean): void;
}

export function Header({ hasShortcuts, onShortcuts }: HeaderProps) {
  return (
    <header className="top">
      <h1 className="brand">
        <BrandMark />
        Drainboard
      </h1>
      <LbChips />
      <span className="grow" />
      <PageLinks />
      <FindButton />
      <Clock />
      <Link className="top-link is-settings" href="/settings" aria-label="Settings" title="Settings">
        <Glyph name="settings" size={16} />
      </Link>
      <UserMenu hasShortcuts={hasShortcuts} onShortcuts={onShortcuts} />
    </header>
  );
}

function FindButton() {
  const open = useOpenKeyboard();
  return (
    <button type="button" className="top-link" aria-label="Find" title="Find (Ctrl+K)" onClick={() => open("palette")}>
      <Glyph name="search" size={16} />
    </button>
  );
}

function PageLinks() {
  const path = usePathname();
  return (
    <nav aria-label="Pages">
      <Link className="page-link" href="/hosts" aria-current={path === "/hosts" ? "page" : undefined}>
        Hosts
      </Link>
      <Link className="page-link" href="/events" aria-current={path === "/events" ? "page" : undefined}>
        Events
      </Link>
    </nav>
  );
}

function UserMenu({ hasShortcuts, onShortcuts }: HeaderProps) {
  const me = useLive((live) => live.me);
  const { theme, setTheme } = useTheme();
  const signOut = useSignOut();
  const router = useRouter();
  const open = useOpenKeyboard();
  const [notify, setNotify] = useNotifySetting();
  const name = me?.name ?? "";
  return (
    <Menu
      className="who"
      name={name === "" ? "Your menu" : `Your menu, ${name}`}
      trigger={
        <>
          <i aria-hidden="true" data-initials={name.slice(0, 2).toUpperCase()} />
          <span>{cutMiddle(name, NAME_CHARS)}</span>
          <Glyph name="chevron" size={12} />
        </>
      }
      items={() => (
        <>
          {me !== null && <MenuLabel>{`${me.name}, ${me.role}`}</MenuLabel>}
          <MenuLabel>Theme</MenuLabel>
          {themes.map(({ value, word }) => (
            <MenuChoice key={value} isOn={theme === value} onSelect={() => setTheme(value)}>
              {word}
            </MenuChoice>
          ))}
          <MenuLine />
          <MenuChoice isOn={hasShortcuts} onSelect={() => onShortcuts(!hasShortcuts)}>
            Single-key shortcuts
          </MenuChoice>
          <MenuItem onSelect={() => open("help")}>Keyboard help</MenuItem>
          <MenuChoice
            isOn={notify === "on"}
            blockedWhy={notifyBlockedWhy[notify]}
            onSelect={() => void setNotify(notify !== "on")}
          >
            Notify me when a maintenance needs me
          </MenuChoice>
          <MenuLine />
          <MenuItem onSelect={() => router.push("/settings")}>Settings</MenuItem>
          <MenuItem onSelect={() => router.push("/settings/account")}>Your account</MenuItem>
          <MenuItem onSelect={signOut}>Sign out</MenuItem>
        </>
      )}
    />
  );
}
