/**
 * A vitest reporter that writes the counts, and every failed and skipped test with its reason to
 * `QUORUM_TEST_REPORT`.
 */
import { writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, TestModule } from 'vitest/node';

interface Report {
  passed: number;
  failed: number;
  skipped: { name: string; reason: string }[];
  failures: { name: string; reason: string }[];
}
/** Of a reason, at most: what was expected and what came, not a page of HTML. */
const REASON_LENGTH = 1600;

class TestReport implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const file = process.env['QUORUM_TEST_REPORT'];
    if (!file) throw new Error('QUORUM_TEST_REPORT names no file');
    const report: Report = { passed: 0, failed: 0, skipped: [], failures: [] };
    for (const module of modules) {
      // a file that could not be loaded has no tests, and must not pass for that
      if (module.errors().length > 0) fail(report, `${module.relativeModuleId} (could not be loaded)`, module.errors());
      for (const suite of module.children.allSuites())
        if (suite.errors().length > 0)
          fail(report, `${module.relativeModuleId} › ${suite.fullName} (hook)`, suite.errors());
      for (const test of module.children.allTests()) {
        const name = `${module.relativeModuleId} › ${test.fullName}`;
        const result = test.result();
        if (result.state === 'passed') report.passed++;
        else if (result.state === 'skipped') report.skipped.push({ name, reason: result.note ?? 'no reason given' });
        else if (result.state === 'failed') fail(report, name, result.errors);
        else fail(report, `${name} (did not end)`, []);
      }
    }
    for (const error of unhandledErrors) fail(report, 'unhandled', [error]);
    writeFileSync(file, JSON.stringify(report));
  }
}

function fail(report: Report, name: string, errors: readonly unknown[]): void {
  report.failed++;
  report.failures.push({ name, reason: errors.map(reasonOf).join('\n') });
}

function reasonOf(error: unknown): string {
  const isError = typeof error === 'object' && error !== null && 'message' in error;
  const text = isError ? [error.message, 'diff' in error ? error.diff : ''].join('\n') : JSON.stringify(error);
  // without the colours of a terminal
  return stripVTControlCharacters(text).trim().slice(0, REASON_LENGTH);
}

// vitest takes a reporter from a file by its default export
export default TestReport;
