"use client";
import { useShortcutSetting } from "#components/board/use-shortcuts.ts";
import { Dialog } from "#components/ui/dialog.tsx";
import { shortcutGroups } from "./shortcut-list.ts";
import "./keyboard.css";

export function HelpSheet({ onClose }: { onClose(): void }) {
  const [isOn, setIsOn] = useShortcutSetting();
  return (
    <Dialog
      title="Keyboard"
      text="No single key changes a server, and no key confirms what could lose something."
      onClose={onClose}
      isWide
      foot={
        <>
          <label className="ack foot-note">
            <input type="checkbox" checked={isOn} onChange={(event) => setIsOn(event.target.checked)} />
            Single-key shortcuts
          </label>
          <button type="button" className="btn" onClick={onClose}>
            Close
          </button>
        </>
      }
    >
      <div className="help-groups">
        {shortcutGroups.map(({ title, shortcuts }) => (
          <section key={title} aria-label={title}>
            <h3>{title}</h3>
            <dl>
              {shortcuts.map(({ keys, does }) => (
                <div key={does}>
                  <dt>
                    {keys.map((one) => (
                      <Keys key={one} text={one} />
                    ))}
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

/** `g b` is two keys one after the other, `Ctrl+K` two at once. */
function Keys({ text }: { text: string }) {
  return text.split(" ").map((key) => (
    <kbd key={key} className="kbd">
      {key}
    </kbd>
  ));
}
