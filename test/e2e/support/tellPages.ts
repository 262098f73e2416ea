/** After a failed test: what its pages show is part of the error, since a log has no picture of them. */
import { afterEach } from 'vitest';
import { openBrowsers } from './chromium.ts';

/** Of a page's text: what matters is said near its beginning. */
const TEXT_LENGTH = 600;

afterEach(async ({ task }) => {
  const [error] = task.result?.errors ?? [];
  if (!error) return;
  const pages = openBrowsers().flatMap((browser) => browser.contexts().flatMap((context) => context.pages()));
  for (const page of pages) {
    const text = await page
      .locator('main')
      .innerText({ timeout: 5000 })
      .catch(() => '(no text)');
    error.message += `\n${new URL(page.url()).hash} shows: ${text.replaceAll(/\s+/g, ' ').slice(0, TEXT_LENGTH)}`;
  }
});
