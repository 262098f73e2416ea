/** axe-core on a page as it is. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { z } from 'zod';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];

const Findings = z.object({
  violations: z.array(
    z.object({
      id: z.string(),
      impact: z.string().nullable(),
      nodes: z.array(z.object({ html: z.string(), failureSummary: z.string().optional() })),
    }),
  ),
});
type Violation = z.infer<typeof Findings>['violations'][number];

/** @param rules tags or ids of rules; all of axe's where none are given */
export async function violations(page: Page, rules?: readonly string[]): Promise<Violation[]> {
  await painted(page);
  // a page keeps it until it is loaded anew
  if (!(await page.evaluate<boolean>('"axe" in globalThis'))) await page.evaluate(SOURCE);
  // selectors and assets of the page take axe half of its time, and no rule here reads them
  const options = { resultTypes: ['violations'], selectors: false, preload: false, ...(rules && { runOnly: rules }) };
  return Findings.parse(await page.evaluate(`axe.run(document, ${JSON.stringify(options)})`)).violations;
}

/** What axe calls serious or critical, in words: the rule, the element, what is wrong. */
export async function seriousFindings(page: Page, rules: readonly string[] = WCAG): Promise<string[]> {
  return (await violations(page, rules))
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ''}`));
}

/**
 * Styles count from the frame after next, and colors pass over to others, some only after others have: what has an end
 * is waited for until nothing moves.
 */
export async function painted(page: Page): Promise<void> {
  await page.evaluate(`(async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const isEnding = ({ effect, playState }) =>
      playState === 'running' && Number.isFinite(effect?.getComputedTiming().endTime);
    for (let moving = true; moving; ) {
      for (let frames = 0; frames < 3; frames++) await frame();
      const ending = document.getAnimations().filter(isEnding);
      moving = ending.length > 0;
      await Promise.allSettled(ending.map(({ finished }) => finished));
    }
  })()`);
}
