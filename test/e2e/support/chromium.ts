/** The machine's own Chromium; none is downloaded. */
import { type Browser, chromium } from 'playwright-core';
import { findChromium } from '../../../build/testPrograms/chromium.mjs';

export const NO_CHROMIUM = 'there is no Chromium: install the package "chromium", or name one in QUORUM_CHROMIUM';

export const chromiumPath = findChromium;

const launched: Browser[] = [];

export function openBrowsers(): Browser[] {
  return launched.filter((browser) => browser.isConnected());
}

export async function launchBrowser(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === null) throw new Error(NO_CHROMIUM);
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  launched.push(browser);
  return browser;
}
