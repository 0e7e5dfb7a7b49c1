// The board as a person finds it: by role and accessible name (contract.md, "Screen").
import { expect, type Locator, type Page } from "@playwright/test";

export type StateWord = "Ready" | "Drain" | "Maint";

/** Place of a cell in its row. */
const CELLS = { name: 1, doing: 3, history: 4, now: 5, newPerSec: 6, lastArrival: 7, health: 8, weight: 9, queue: 10 };

export class Board {
  readonly page: Page;
  readonly grid: Locator;
  readonly statusLine: Locator;
  readonly dialog: Locator;
  readonly menu: Locator;
  readonly notifications: Locator;
  readonly filter: Locator;

  constructor(page: Page) {
    this.page = page;
    this.grid = page.getByRole("grid", { name: "Servers" });
    this.statusLine = page.getByRole("status", { name: "Fleet status" });
    this.dialog = page.getByRole("dialog");
    this.menu = page.getByRole("menu");
    this.notifications = page.getByRole("region", { name: /^Notifications/ });
    this.filter = page.getByRole("searchbox", { name: "Filter servers" });
  }

  row(id: string): Locator {
    return this.page.getByRole("row", { name: id, exact: true });
  }

  cell(id: string, which: keyof typeof CELLS): Locator {
    return this.row(id).getByRole("gridcell").nth(CELLS[which]);
  }

  control(id: string): Locator {
    return this.page.getByRole("group", { name: `Admin state of ${id}`, exact: true });
  }

  state(id: string, word: StateWord): Locator {
    return this.control(id).getByRole("button", { name: word, exact: true });
  }

  /** the head of the column with the sessions, which says whose they are */
  columnHead(name: string): Locator {
    return this.page.getByRole("columnheader", { name, exact: true });
  }

  chip(lb: string): Locator {
    return this.page.getByRole("list", { name: "Data freshness" }).getByRole("listitem").filter({ hasText: lb });
  }

  filterChip(word: string): Locator {
    return this.page.getByRole("group", { name: "Filter by state" }).getByRole("button", { name: word });
  }

  /** only ever one thing is alerted: what we do not know */
  alert(text: string | RegExp): Locator {
    return this.page.getByRole("alert").filter({ hasText: text });
  }

  toast(text: string): Locator {
    return this.notifications.getByText(text, { exact: true });
  }

  async openRowMenu(id: string): Promise<Locator> {
    await this.page.getByRole("button", { name: `More for ${id}`, exact: true }).click();
    return this.menu;
  }

  async expectState(id: string, word: StateWord): Promise<void> {
    await expect(this.state(id, word)).toHaveAttribute("aria-pressed", "true");
    await expect(this.state(id, word)).not.toHaveAttribute("aria-busy", "true");
  }

  /** Keeps every `aria-pressed` of one state control, with the time it was set. */
  async watchStates(id: string): Promise<StateWatch> {
    await this.control(id).evaluate((group) => {
      const seen: SeenState[] = [];
      const note = (button: Element) =>
        seen.push({ word: button.textContent ?? "", pressed: button.getAttribute("aria-pressed"), atMs: Date.now() });
      for (const button of group.querySelectorAll("button")) note(button);
      new MutationObserver((changes) => {
        for (const { target } of changes) if (target instanceof Element) note(target);
      }).observe(group, { attributes: true, attributeFilter: ["aria-pressed"], subtree: true });
      Object.assign(window, { seenStates: seen });
    });
    const all = () => this.page.evaluate(() => (window as unknown as { seenStates: SeenState[] }).seenStates);
    return {
      of: async (word) => (await all()).filter((seen) => seen.word.startsWith(word)),
      firstPressed: async (word) =>
        (await all()).find((seen) => seen.word.startsWith(word) && seen.pressed === "true")?.atMs ?? null,
    };
  }
}

export interface SeenState {
  readonly word: string;
  readonly pressed: string | null;
  readonly atMs: number;
}

export interface StateWatch {
  of(word: StateWord): Promise<SeenState[]>;
  /** epoch ms of the moment the board first said so; null: never */
  firstPressed(word: StateWord): Promise<number | null>;
}
