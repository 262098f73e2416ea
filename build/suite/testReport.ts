/**
 * A vitest reporter that writes the counts, the failures and every skipped test with its reason to
 * `QUORUM_TEST_REPORT`.
 */
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

interface Report {
  passed: number;
  failed: number;
  skipped: { name: string; reason: string }[];
  failures: string[];
}

class TestReport implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const file = process.env['QUORUM_TEST_REPORT'];
    if (!file) throw new Error('QUORUM_TEST_REPORT names no file');
    const report: Report = { passed: 0, failed: 0, skipped: [], failures: [] };
    for (const module of modules) {
      // a file that could not be loaded has no tests, and must not pass for that
      if (module.errors().length > 0) fail(report, `${module.relativeModuleId} (could not be loaded)`);
      for (const suite of module.children.allSuites())
        if (suite.errors().length > 0) fail(report, `${module.relativeModuleId} › ${suite.fullName} (hook)`);
      for (const test of module.children.allTests()) {
        const name = `${module.relativeModuleId} › ${test.fullName}`;
        const result = test.result();
        if (result.state === 'passed') report.passed++;
        else if (result.state === 'skipped') report.skipped.push({ name, reason: result.note ?? 'no reason given' });
        else fail(report, result.state === 'failed' ? name : `${name} (did not end)`);
      }
    }
    for (const error of unhandledErrors)
      fail(report, `unhandled: ${error instanceof Error ? error.message : JSON.stringify(error)}`);
    writeFileSync(file, JSON.stringify(report));
  }
}

function fail(report: Report, name: string): void {
  report.failed++;
  report.failures.push(name);
}

// vitest takes a reporter from a file by its default export
export default TestReport;
