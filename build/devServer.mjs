/**
 * The page with hot reload, against a real host. Starts `quorum serve` on a free port with the options given
 * (`--data-dir`, `--folder`) and Vite before it: a changed label or style appears without a build and without a reload
 * of the host. The host checks every call as always; only the name under which the browser knows it is translated, and
 * only for this page's own requests.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { createServer } from 'vite';
import { projectRoot, runScript } from './bootstrap.mjs';

const PAGE_PORT = 5173;
/** What the host answers; everything else is Vite's. */
const HOST_PATHS = ['/socket', '/session', '/media'];

await runScript(async () => {
  const host = await startHost(process.argv.slice(2));
  const launch = new URL(host.url);
  const page = await createServer({
    configFile: path.join(projectRoot, 'vite.config.ts'),
    cacheDir: path.join(projectRoot, 'dist', 'dev'),
    server: {
      host: launch.hostname,
      port: PAGE_PORT,
      fs: { allow: [projectRoot, realpathSync(path.join(projectRoot, 'node_modules'))] },
      proxy: Object.fromEntries(HOST_PATHS.map((prefix) => [prefix, proxyTo(launch.origin)])),
    },
  });
  await page.listen();
  const [own] = page.resolvedUrls?.local ?? [];
  console.log(`Quorum: ${own}${launch.hash}\nThe link logs one browser in, once. Ctrl-C ends both.`);
  process.on('SIGINT', () => {
    void page.close();
    // a terminal sends Ctrl-C to the host as well, and a second one would mean "at once"
    if (!process.stdin.isTTY) host.process.kill('SIGINT');
  });
  process.on('SIGTERM', () => {
    void page.close();
    host.process.kill('SIGTERM');
  });
  host.process.once('exit', (code) => {
    process.exit(code ?? 1);
  });
});

/**
 * The host answers its own page alone, by the headers Host and Origin. Vite has refused foreign Hosts by then; an
 * Origin is translated when it is the one this request came to, so that another site's request still arrives as another
 * site's.
 * @param {string} target @returns {import('vite').ProxyOptions}
 */
function proxyTo(target) {
  /** @param {import('node:http').ClientRequest} onward @param {import('node:http').IncomingMessage} request */
  const translate = (onward, request) => {
    if (request.headers.origin === `http://${request.headers.host}`) onward.setHeader('origin', target);
  };
  return {
    target,
    changeOrigin: true,
    ws: true,
    configure(proxy) {
      proxy.on('proxyReq', translate);
      proxy.on('proxyReqWs', translate);
    },
  };
}

/**
 * Resolves once the host listens, with its launch link.
 * @param {readonly string[]} options
 * @returns {Promise<{ url: string, process: import('node:child_process').ChildProcess }>}
 */
function startHost(options) {
  const args = [path.join(projectRoot, 'cli', 'main.ts'), '--json', 'serve', '--port', '0', ...options];
  const host = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    host.once('exit', (code) => reject(new Error(`The host ended (${code}); the lines above say why.`)));
    createInterface({ input: host.stdout }).once('line', (line) => {
      resolve({ url: JSON.parse(line).url, process: host });
    });
  });
}
