/**
 * `npm start`: packages, Node 24, the page, then the studio: in its own window where Electron and a display are there,
 * else in the browser.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ensurePackages, findNode, projectRoot, runScript, secondsSince } from './bootstrap.mjs';
import { commandLine } from './commandLine.mjs';
import { handOver } from './handOver.mjs';
import { buildRenderer, rendererIsStale } from './rendererBuild.mjs';

await runScript(() => {
  const startMs = performance.now();
  ensurePackages((line) => {
    console.log(`Packages: ${line}`);
  });
  const node = findNode();
  console.log(`Packages: ready (${secondsSince(startMs)})`);
  if (rendererIsStale(projectRoot)) {
    const buildMs = performance.now();
    buildRenderer(projectRoot, node);
    console.log(`Page: built (${secondsSince(buildMs)})`);
  }
  const electron = desktopProgram();
  if (electron) {
    handOver(node, [path.join(projectRoot, 'build', 'startDesktop.ts'), electron, ...process.argv.slice(2)]);
    return;
  }
  const program = commandLine(node, (line) => {
    console.log(`Program: ${line}`);
  });
  handOver(node, [program, 'serve', '--open', ...process.argv.slice(2)]);
});

/** Electron's program where it is installed and there is a display to show it on. */
function desktopProgram() {
  const name =
    process.platform === 'win32'
      ? 'electron.exe'
      : process.platform === 'darwin'
        ? path.join('Electron.app', 'Contents', 'MacOS', 'Electron')
        : 'electron';
  const program = path.join(projectRoot, 'node_modules', 'electron', 'dist', name);
  const display = process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
  return display && existsSync(program) ? program : null;
}
