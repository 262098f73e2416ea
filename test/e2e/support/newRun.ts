/** Fills the form of a new run as a user would. */
import type { Page } from 'playwright-core';

export interface SmallRun {
  readonly networks?: readonly string[];
  readonly epochs: number;
  readonly name?: string;
  /** Where they are trained; this machine without. */
  readonly place?: string;
}

/** A quarter-width VGG or several; leaves the page where queueing leads. */
export async function queueSmallRuns(
  page: Page,
  url: string,
  { networks = ['vgg11'], epochs, name, place }: SmallRun,
): Promise<void> {
  await page.goto(`${url}#/runs/new`);
  await page.getByRole('button', { name: 'Quick look' }).click();
  if (networks.length > 1) {
    await page.getByRole('checkbox', { name: 'Select multiple' }).check();
    for (const network of networks.slice(1))
      await page.getByRole('checkbox', { name: network, exact: false }).first().check();
  }
  await page.getByLabel('Epochs', { exact: true }).fill(String(epochs));
  if (name !== undefined) {
    await page.getByLabel('Name', { exact: true }).fill(name);
  }
  if (place === undefined) await page.getByText('Memory fits').waitFor();
  else await page.getByLabel('Where').selectOption(place);
  await page
    .getByRole('button', { name: networks.length > 1 ? `Queue ${networks.length} runs` : 'Queue this run' })
    .click();
  await page.waitForURL(networks.length > 1 ? /#\/runs$/ : /#\/runs\/r-/);
}
