import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron } from 'playwright-core';
import { expect, test } from 'vitest';

const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const program = join(
  dirname(createRequire(import.meta.url).resolve('electron/package.json')),
  'dist',
  process.platform === 'win32'
    ? 'electron.exe'
    : process.platform === 'darwin'
      ? 'Electron.app/Contents/MacOS/Electron'
      : 'electron',
);
const entry = join(projectRoot, 'dist', 'app', 'electron', 'main.js');
const missing = [
  [program, "Electron's binary"],
  [entry, 'the built application (npm run build:app)'],
  ...(process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']
    ? [['', 'a display']]
    : []),
]
  .filter(([path]) => path === '' || !existsSync(path ?? ''))
  .map(([, name]) => name);
if (missing.length > 0) console.warn(`The desktop application is not tested here: ${missing.join(', ')} missing.`);

test('the application opens its page, isolated, and the studio answers over the port', async (context) => {
  if (missing.length > 0) context.skip(`missing: ${missing.join(', ')}`);
  const dataDir = mkdtempSync(join(tmpdir(), 'quorum-desktop-'));
  const app = await _electron.launch({ executablePath: program, args: [projectRoot, '--data-dir', dataDir] });
  try {
    const page = await app.firstWindow();
    await page.getByText('Quorum').first().waitFor();
    expect(page.url()).toMatch(/^studio:\/\/app\//);
    expect(
      await page.evaluate(() => ['process' in globalThis, 'require' in globalThis, 'quorumDesktop' in globalThis]),
    ).toEqual([false, false, true]);
    await page.evaluate("location.href = 'https://example.org/'");
    expect(page.url()).toMatch(/^studio:\/\/app\//);
  } finally {
    await app.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
