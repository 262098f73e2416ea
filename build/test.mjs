/**
 * `npm test`: everything that is checked, each stage with its time, and as the very last line the sum `N passed, N failed, N skipped`.
 * Format, lint, types and layers count as one check each. Exit code 1 when anything failed or no test ran.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureChromium } from './chromium.mjs';
import { ensurePackages, findNode, projectRoot, runScript, secondsSince } from './bootstrap.mjs';

/** @typedef {{ passed: number, failed: number, skipped: { name: string, reason: string }[], failures: string[] }} Counts */

await runScript(async () => {
  /** @type {Counts} */
  const sum = { passed: 0, failed: 0, skipped: [], failures: [] };
  let tests = 0;

  stage('Packages', () => {
    ensurePackages((line) => {
      console.log(line);
    });
    return 'ready';
  });
  const node = findNode();
  stage('Engine', () => {
    if (installEngine(node)) return count(sum, 'engine', true);
    // elsewhere the tests that need it are skipped one by one; where a change is judged, nobody would read that
    if (process.env.CI) return count(sum, 'engine: not installed (see above)', false);
    sum.skipped.push({ name: 'engine', reason: 'the TensorFlow engine could not be installed (see above)' });
    return 'NOT INSTALLED: tests of the native engine are skipped';
  });
  const checksMs = performance.now();
  const checks = /** @type {const} */ ([
    ['Format', 'node_modules/prettier/bin/prettier.cjs', '--check', '.'],
    ['Lint', 'node_modules/eslint/bin/eslint.js', '--max-warnings=0', '.'],
    ['Types', 'build/checkTypes.mjs'],
    ['Layers', 'build/checkLayers.mjs'],
  ]);
  console.log('\n== Format, lint, types, layers');
  // each is one thread for most of its time
  await Promise.all(
    checks.map(async ([title, ...command]) => {
      const { passed, output } = await runAside(node, command);
      console.log(
        `${output.trim() && `${output.trim()}\n`}== ${title}: ${count(sum, title.toLowerCase(), passed)} (${secondsSince(checksMs)})`,
      );
    }),
  );
  stage('Tests', () => {
    const counts = vitest(node, []);
    tests = counts.passed + counts.failed;
    return add(sum, counts);
  });
  stage('Browser', () => {
    const chromium = ensureChromium((line) => {
      console.log(line);
    });
    if ('program' in chromium) return add(sum, vitest(node, ['--config', 'vitest.e2e.config.ts']));
    sum.skipped.push({ name: 'browser tests', reason: chromium.reason });
    return `NOT RUN: ${chromium.reason}`;
  });

  if (sum.skipped.length > 0) {
    console.log('\nSKIPPED');
    for (const { name, reason } of sum.skipped) console.log(`  ${name}\n    because: ${reason}`);
  }
  if (sum.failures.length > 0) {
    console.log('\nFAILED');
    for (const name of sum.failures) console.log(`  ${name}`);
  }
  if (tests === 0) console.log('\nNo test ran: that is a failure.');
  if (sum.failed > 0 || tests === 0) process.exitCode = 1;
  console.log(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped.length} skipped`);
});

/** @param {string} title @param {() => string} work */
function stage(title, work) {
  console.log(`\n== ${title}`);
  const startMs = performance.now();
  const outcome = work();
  console.log(`== ${title}: ${outcome} (${secondsSince(startMs)})`);
}

/** @param {Counts} sum @param {string} name @param {boolean} passed */
function count(sum, name, passed) {
  if (passed) sum.passed++;
  else {
    sum.failed++;
    sum.failures.push(name);
  }
  return passed ? 'passed' : 'FAILED';
}

/** @param {string} node */
function installEngine(node) {
  const folder = mkdtempSync(path.join(tmpdir(), 'quorum-engine-'));
  try {
    return run(node, ['cli/main.ts', '--data-dir', folder, 'engine', 'install', '--device', 'cpu']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} node @param {readonly string[]} args @param {NodeJS.ProcessEnv} [env] */
function run(node, args, env = process.env) {
  const result = spawnSync(node, args, { cwd: projectRoot, stdio: ['ignore', 'inherit', 'inherit'], env });
  if (result.signal === 'SIGINT' || result.status === 130) process.exit(130);
  return result.status === 0;
}

/** Beside others: its output comes as a whole, so that nothing is mixed. @param {string} node @param {readonly string[]} args @returns {Promise<{ passed: boolean, output: string }>} */
function runAside(node, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { cwd: projectRoot, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ passed: code === 0, output });
    });
  });
}

/** @param {Counts} sum @param {Counts} counts */
function add(sum, counts) {
  sum.passed += counts.passed;
  sum.failed += counts.failed;
  sum.skipped.push(...counts.skipped);
  sum.failures.push(...counts.failures);
  return `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped.length} skipped`;
}

/** @param {string} node @param {readonly string[]} options @returns {Counts} */
function vitest(node, options) {
  const folder = mkdtempSync(path.join(tmpdir(), 'quorum-test-'));
  try {
    const file = path.join(folder, 'report.json');
    const ok = run(
      node,
      ['node_modules/vitest/vitest.mjs', 'run', ...options, '--reporter=default', '--reporter=./build/testReport.ts'],
      { ...process.env, QUORUM_TEST_REPORT: file },
    );
    /** @type {Counts} */
    const counts = JSON.parse(readFileSync(file, 'utf8'));
    if (!ok && counts.failed === 0) {
      counts.failed++;
      counts.failures.push('vitest ended with an error');
    }
    return counts;
  } catch (error) {
    return { passed: 0, failed: 1, skipped: [], failures: [`vitest left no report: ${error}`] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
