// What can be asserted of a screen without comparing pixels: nothing cut, nothing too small, no scrolling sideways. And its
// picture, for a person to lay beside the drawing.
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, type Page } from "@playwright/test";

const FOLDER = resolve(import.meta.dirname, "../../.cache/screens");
/** A folder with the drawings; where it is not named, only what was built is kept. */
const DRAWINGS = process.env.DRAINBOARD_DRAWINGS ?? "";
/** Nothing smaller exists (ui.md section 2). */
const SMALLEST_TEXT_PX = 11;

/** Saves `NAME.built.png`, beside it `NAME.drawn.png` where the drawings are at hand. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  await page.screenshot({ path: join(FOLDER, `${name}.built.png`) });
  const drawn = join(DRAWINGS, `${name}.png`);
  if (DRAWINGS !== "" && existsSync(drawn)) copyFileSync(drawn, join(FOLDER, `${name}.drawn.png`));
}

/** Some rounds of layout, so that what is shown is what stays. */
export async function settle(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

export async function expectNoSideScroll(page: Page, what: string): Promise<void> {
  await settle(page);
  const tooWide = await page.evaluate(() => {
    const scrolling = document.scrollingElement;
    if (scrolling !== null && scrolling.scrollWidth > scrolling.clientWidth) return [`page ${scrolling.scrollWidth}`];
    return (
      [...document.querySelectorAll("*")]
        .filter((element) => /auto|scroll/.test(getComputedStyle(element).overflowX))
        // On a phone these are strips that are pushed aside with a finger, on purpose.
        .filter(
          (element) =>
            window.innerWidth >= 900 ||
            (element.getAttribute("aria-label") !== "Filter by state" && element.closest("nav, search") === null),
        )
        // Commands are pushed aside in their own box at any width: one broken in two is not copied by eye.
        .filter((element) => element.closest("pre, code") === null)
        .filter((element) => element.scrollWidth > element.clientWidth + 1)
        .map((element) => `${element.className} ${element.scrollWidth} > ${element.clientWidth}`)
    );
  });
  expect.soft(tooWide, what).toEqual([]);
}

/**
 * Words that do not fit their box and are not told in full by a title, words smaller than any may be, and controls that
 * stand outside of the window.
 */
export async function expectNothingCut(page: Page, what: string): Promise<void> {
  await settle(page);
  const faults = await page.evaluate((smallestPx) => {
    const found: string[] = [];
    const isSeen = (element: Element) =>
      element.checkVisibility({ visibilityProperty: true }) &&
      element.closest(".sr-only, [aria-hidden=true], svg") === null;
    const hasOwnText = (element: Element) =>
      [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim() !== "");
    const told = (element: Element) => `${element.tagName}.${element.className} "${element.textContent?.slice(0, 40)}"`;
    for (const element of document.querySelectorAll("body *")) {
      // one pixel wide: for screen readers only
      if (!isSeen(element) || element.clientWidth === 1) continue;
      const style = getComputedStyle(element);
      // a size of nothing is how a word is kept for screen readers alone
      const sizePx = Number.parseFloat(style.fontSize);
      if (sizePx === 0) continue;
      if (hasOwnText(element) && sizePx < smallestPx) found.push(`too small: ${told(element)} ${style.fontSize}`);
      const isClipping = style.overflowX === "hidden" || style.overflowX === "clip";
      if (hasOwnText(element) && isClipping && element.scrollWidth > element.clientWidth + 1) {
        if (element.closest("[title]:not([title=''])") === null) found.push(`cut: ${told(element)}`);
      }
      if (!element.matches("button, a, input, select")) continue;
      const box = element.getBoundingClientRect();
      const strip = element.closest(window.innerWidth < 900 ? ".chips, nav, search" : ".chips, nav");
      if (strip === null && box.width > 0 && (box.left < -1 || box.right > window.innerWidth + 1))
        found.push(`outside: ${told(element)} ${Math.round(box.left)} to ${Math.round(box.right)}`);
    }
    return found;
  }, SMALLEST_TEXT_PX);
  expect.soft(faults, what).toEqual([]);
}

/** Controls smaller than a finger or a pointer needs (ui.md section 7). */
export async function expectTargets(page: Page, smallestPx: number, what: string): Promise<void> {
  const small = await page.evaluate((leastPx) => {
    // a label is a part of its box's target, and so is what the style lays round a box
    const targetOf = (element: Element) => element.closest("label") ?? element;
    const isHitAround = (element: Element, box: DOMRect) => {
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      const hits = (dx: number, dy: number) => {
        const hit = document.elementFromPoint(x + dx, y + dy);
        return hit !== null && (element.contains(hit) || targetOf(element).contains(hit));
      };
      // what lies under a dialog or outside of the window is nobody's target now
      if (!hits(0, 0)) return true;
      const far = leastPx / 2 - 0.5;
      return hits(far, 0) && hits(-far, 0) && hits(0, far) && hits(0, -far);
    };
    return [...document.querySelectorAll("button, a, input, select, summary")]
      .filter(
        (element) => element.checkVisibility({ visibilityProperty: true }) && element.closest(".sr-only") === null,
      )
      .map((element) => ({ element, box: targetOf(element).getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.width < leastPx - 0.5 || box.height < leastPx - 0.5))
      .filter(({ element, box }) => !isHitAround(element, box))
      .map(
        ({ element, box }) =>
          `${element.tagName}.${element.className} "${element.textContent?.slice(0, 30)}" ${box.width} x ${box.height}`,
      );
  }, smallestPx);
  expect(small, what).toEqual([]);
}
