/** Builds the renderer before the first test: what is tested is what these sources make. */
import { build } from 'vite';
import { chromiumPath } from './chromium.ts';

export async function setup(): Promise<void> {
  if (chromiumPath() === null) return;
  await build({ configFile: 'vite.config.ts', logLevel: 'warn' });
}
