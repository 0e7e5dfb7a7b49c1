// axe on whatever the page shows now.
import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

export async function expectNoViolations(page: Page, what: string): Promise<void> {
  const axe = new AxeBuilder({ page });
  // An open menu lies over the page, outside of its landmarks, and belongs to its button; axe knows that of dialogs only.
  if (await page.getByRole("menu").isVisible()) axe.disableRules("region");
  const { violations } = await axe.analyze();
  const told = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${what}: ${id} (${help}) at ${node.target.join(" ")}: ${node.failureSummary ?? ""}`),
  );
  expect(told).toEqual([]);
}
