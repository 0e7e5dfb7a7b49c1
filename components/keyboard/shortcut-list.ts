// What the help sheet tells. The keys themselves are bound where they act.

export interface ShortcutGroup {
  readonly title: string;
  /** keys that do the same, each a key or several one after the other: `["g b"]`, `["j", "Down"]` */
  readonly shortcuts: readonly { readonly keys: readonly string[]; readonly does: string }[];
}

export const shortcutGroups: readonly ShortcutGroup[] = [
  {
    title: "Everywhere",
    shortcuts: [
      { keys: ["Ctrl+K"], does: "Find a server, host, maintenance, page or action (Cmd+K on a Mac)" },
      { keys: ["g b"], does: "Board" },
      { keys: ["g h"], does: "Hosts" },
      { keys: ["g e"], does: "Events" },
      { keys: ["g s"], does: "Settings" },
      { keys: ["t"], does: "Light or dark" },
      { keys: ["?"], does: "This help" },
    ],
  },
  {
    title: "Board",
    shortcuts: [
      { keys: ["/"], does: "Filter; Enter goes on to the rows" },
      { keys: ["j", "Down"], does: "Next row" },
      { keys: ["k", "Up"], does: "Row before" },
      { keys: ["]"], does: "Next problem" },
      { keys: ["["], does: "Problem before" },
      { keys: ["Enter"], does: "Open the server" },
      { keys: ["x"], does: "Select the row" },
      { keys: ["Shift+X"], does: "Select from the last one to this row" },
      { keys: ["m"], does: "Maintain… in a dialog" },
      { keys: ["s"], does: "To the state control; arrows move in it, Enter acts" },
      { keys: ["Esc"], does: "Clear the selection, then the filter" },
    ],
  },
  {
    title: "Dialogs",
    shortcuts: [
      { keys: ["Ctrl+Enter"], does: "Confirm, where nothing can be lost by it" },
      { keys: ["Esc"], does: "Close, nothing is sent" },
    ],
  },
];
