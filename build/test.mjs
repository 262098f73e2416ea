/**
 * `npm test`: everything that is checked, each stage with its time. The last line is the sum `N passed, N failed, N
 * skipped`. Format, lint, types and layers count as one check each, and run beside the tests. Exit code 1 when anything
 * failed or no test ran.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, getPriority, setPriority, tmpdir } from 'node:os';
import path from 'node:path';
import { ensureChromium } from './testPrograms/chromium.mjs';
import { ensureSlurm } from './testPrograms/slurm.mjs';
import { ensureSsh } from './testPrograms/ssh.mjs';
import { ensurePackages, findNode, projectRoot, runScript, secondsSince } from './bootstrap.mjs';

/**
 * @typedef {{ name: string, reason: string }} NamedReason
 * @typedef {{ passed: number, failed: number, skipped: NamedReason[], failures: NamedReason[] }} Counts
 */

/** The longest first. */
const CHECKS = /** @type {const} */ ([
  ['Lint', 'node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings', '--report-unused-disable-directives'],
  ['Lint of components', 'node_modules/eslint/bin/eslint.js', '--max-warnings=0', 'renderer'],
  ['Types', 'build/checkTypes.mjs'],
  ['Format', 'node_modules/prettier/bin/prettier.cjs', '--check', '--cache', '.'],
  ['Layers', 'build/checkLayers.mjs'],
]);
/** Code of a process that a Ctrl-C ended. */
const INTERRUPTED = 130;

await runScript(async () => {
  // Jobs give way to what has a higher priority: beside tests that keep every core busy they would hardly train.
  setPriority(Math.max(getPriority(), constants.priority.PRIORITY_BELOW_NORMAL));
  /** @type {Counts} */
  const sum = { passed: 0, failed: 0, skipped: [], failures: [] };
  await stage('Packages', () => {
    ensurePackages((line) => {
      console.log(line);
    });
    return 'ready';
  });
  const node = findNode();
  await stage('Engine', () => checkEngine(sum, node));
  const checks = runChecks(sum, node);
  const tests = await runTests(sum, node);
  await checks;
  summarise(sum, tests);
});

/** Lint, types, format and layers, one after the other. @param {Counts} sum @param {string} node */
async function runChecks(sum, node) {
  for (const [title, ...command] of CHECKS) {
    const startMs = performance.now();
    const { passed, output } = await runAside(node, command);
    const said = output.trim() === '' ? '' : `${output.trim()}\n`;
    console.log(`${said}== ${title}: ${count(sum, title.toLowerCase(), passed)} (${secondsSince(startMs)})`);
  }
}

/**
 * The tests of the code, and at the same time those of the page in a browser. Returns how many ran.
 * @param {Counts} sum
 * @param {string} node
 */
async function runTests(sum, node) {
  let tests = 0;
  await stage('Slurm', () => {
    const slurm = ensureSlurm((line) => {
      console.log(line);
    });
    // its tests say themselves that they were skipped, and why
    return 'reason' in slurm ? `NOT THERE: ${slurm.reason}` : 'ready';
  });
  await stage('SSH', () => {
    const ssh = ensureSsh((line) => {
      console.log(line);
    });
    return 'reason' in ssh ? `NOT THERE: ${ssh.reason}` : 'ready';
  });
  let chromium = '';
  await stage('Chromium', () => {
    const found = ensureChromium((line) => {
      console.log(line);
    });
    if ('program' in found) chromium = found.program;
    else sum.skipped.push({ name: 'browser tests', reason: found.reason });
    return 'program' in found ? 'ready' : `NOT THERE: ${found.reason}`;
  });
  await stage('Tests', async () => {
    const counts = await vitest(node, chromium === '' ? [] : ['--config', 'vitest.all.config.ts']);
    tests = counts.passed + counts.failed;
    return add(sum, counts);
  });
  return tests;
}

/** @param {Counts} sum @param {number} tests */
function summarise(sum, tests) {
  if (sum.skipped.length > 0) {
    console.log('\nSKIPPED');
    for (const { name, reason } of sum.skipped) console.log(`  ${name}\n    because: ${reason}`);
  }
  if (sum.failures.length > 0) {
    console.log('\nFAILED');
    for (const { name, reason } of sum.failures)
      console.log(`  ${name}${reason === '' ? '' : `\n${indented(reason)}`}`);
  }
  if (tests === 0) console.log('\nNo test ran: that is a failure.');
  if (sum.failed > 0 || tests === 0) process.exitCode = 1;
  console.log(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped.length} skipped`);
}

/** @param {string} text */
function indented(text) {
  return text.replaceAll(/^/gm, '    ');
}

/** @param {string} title @param {() => string | Promise<string>} work */
async function stage(title, work) {
  console.log(`\n== ${title}`);
  const startMs = performance.now();
  const outcome = await work();
  console.log(`== ${title}: ${outcome} (${secondsSince(startMs)})`);
}

/** @param {Counts} sum @param {string} name @param {boolean} passed */
function count(sum, name, passed) {
  if (passed) sum.passed++;
  else {
    sum.failed++;
    sum.failures.push({ name, reason: 'what it said is printed above' });
  }
  return passed ? 'passed' : 'FAILED';
}

/** @param {Counts} sum @param {string} node */
function checkEngine(sum, node) {
  if (installEngine(node)) return count(sum, 'engine', true);
  // elsewhere the tests that need it are skipped one by one; where a change is judged, nobody would read that
  if (process.env.CI) return count(sum, 'engine: not installed (see above)', false);
  sum.skipped.push({ name: 'engine', reason: 'the TensorFlow engine could not be installed (see above)' });
  return 'NOT INSTALLED: tests of the native engine are skipped';
}

/** @param {string} node */
function installEngine(node) {
  const folder = mkdtempSync(path.join(tmpdir(), 'quorum-engine-'));
  try {
    const { status, signal } = spawnSync(
      node,
      ['cli/main.ts', '--data-dir', folder, 'engine', 'install', '--device', 'cpu'],
      { cwd: projectRoot, stdio: ['ignore', 'inherit', 'inherit'] },
    );
    if (signal === 'SIGINT' || status === INTERRUPTED) process.exit(INTERRUPTED);
    return status === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Runs beside others: its output comes as a whole, so that nothing is mixed.
 * @param {string} node
 * @param {readonly string[]} args
 * @returns {Promise<{ passed: boolean, output: string }>}
 */
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

/** @param {string} node @param {readonly string[]} options @returns {Promise<Counts>} */
async function vitest(node, options) {
  const folder = mkdtempSync(path.join(tmpdir(), 'quorum-test-'));
  try {
    const file = path.join(folder, 'report.json');
    const passed = await runVitest(node, options, file);
    /** @type {Counts} */
    const counts = JSON.parse(readFileSync(file, 'utf8'));
    if (!passed && counts.failed === 0) {
      counts.failed++;
      counts.failures.push({ name: 'vitest', reason: 'ended with an error, printed above' });
    }
    return counts;
  } catch (error) {
    return { passed: 0, failed: 1, skipped: [], failures: [{ name: 'vitest left no report', reason: `${error}` }] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} node @param {readonly string[]} options @param {string} report @returns {Promise<boolean>} */
function runVitest(node, options, report) {
  const reporters = ['--reporter=default', '--reporter=./build/suite/testReport.ts'];
  return new Promise((resolve, reject) => {
    const child = spawn(node, ['node_modules/vitest/vitest.mjs', 'run', ...options, ...reporters], {
      cwd: projectRoot,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, QUORUM_TEST_REPORT: report },
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (signal === 'SIGINT' || code === INTERRUPTED) process.exit(INTERRUPTED);
      resolve(code === 0);
    });
  });
}
