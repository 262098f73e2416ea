import { expect, test } from 'vitest';
import { formatCount, formatSeconds, formatTable } from '../../../cli/format.ts';
import { formatBytes } from '../../../pure/bytes.ts';
import { createProgress, type ProgressMode } from '../../../cli/progress.ts';

function recorded(mode: ProgressMode): {
  text: () => string;
  at: (ms: number) => void;
  progress: ReturnType<typeof createProgress>;
} {
  let written = '';
  let time = 0;
  return {
    text: () => written,
    at: (ms) => {
      time = ms;
    },
    progress: createProgress(
      mode,
      {
        write: (text) => {
          written += text;
        },
        columns: 100,
      },
      () => time,
    ),
  };
}

const STATE = { stage: 'import', done: 50, total: 200, perSec: 123.4, secondsLeft: 75 };

test('a terminal gets one line with bar, rate and time left, drawn ten times a second', () => {
  const { text, at, progress } = recorded('terminal');
  progress.update(STATE);
  at(50);
  progress.update({ ...STATE, done: 60 });
  expect(text()).toBe('\rimport  ██████░░░░░░░░░░░░░░░░░░ 25 %  123 img/s  1:15 left\u001b[K');
  progress.say('something');
  expect(text()).toMatch(/\r\u001b\[Ksomething\n$/);
  progress.end();
  expect(text()).toMatch(/something\n$/);
});

test('the last state is drawn at once', () => {
  const { text, progress } = recorded('terminal');
  progress.update(STATE);
  progress.update({ ...STATE, done: 200, secondsLeft: 0 });
  expect(text()).toContain('100 %');
});

test('a log gets a plain line every few seconds', () => {
  const { text, at, progress } = recorded('log');
  for (let ms = 0; ms <= 12_000; ms += 500) {
    at(ms);
    progress.update({ ...STATE, done: ms / 100 });
  }
  expect(text()).toBe('import  25 %  123 img/s  1:15 left\nimport  50 %  123 img/s  1:15 left\n');
});

test('programs get JSON, one object a line; off is silent', () => {
  const { text, progress } = recorded('json');
  progress.update(STATE);
  progress.say('hello');
  expect(
    text()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    { type: 'progress', ...STATE },
    { type: 'log', text: 'hello' },
  ]);
  const silent = recorded('off');
  silent.progress.update(STATE);
  silent.progress.say('hello');
  expect(silent.text()).toBe('');
});

test('names from folders cannot steer the terminal', () => {
  const { text, progress } = recorded('log');
  progress.say('evil \u001b[2J\u0007name\u202e');
  expect(text()).toBe('evil \ufffd[2J\ufffdname\ufffd\n');
});

test.each([
  [5, '5 s'],
  [65.4, '1:05'],
  [3723, '1:02:03'],
  [-1, '0 s'],
])('%d seconds', (seconds, text) => expect(formatSeconds(seconds)).toBe(text));
test.each([
  [999, '999'],
  [1234, '1.23k'],
  [35_213_896, '35.2M'],
])('%d as a count', (value, text) => expect(formatCount(value)).toBe(text));
test.each([
  [512, '512 B'],
  [1536, '1.5 KiB'],
  [2 ** 30, '1.0 GiB'],
])('%d bytes', (value, text) => expect(formatBytes(value)).toBe(text));

test('tables are aligned by what the terminal shows', () => {
  expect(
    formatTable(
      ['name', 'n'],
      [
        ['猫', '1'],
        ['dog', '12'],
      ],
      ['n'],
    ),
  ).toBe('name   n\n猫     1\ndog   12');
});
