import { expect, test } from 'vitest';
import { decideRequest } from '../../cli/serve/decideRequest.ts';
import { HOST_VERDICTS } from './hostVerdicts.ts';

test('there are many cases, and each is told from the others', () => {
  expect(HOST_VERDICTS.length).toBeGreaterThanOrEqual(200);
  expect(HOST_VERDICTS.filter(({ expect: verdict }) => typeof verdict === 'string').length).toBeGreaterThanOrEqual(30);
});

test.for(HOST_VERDICTS)(
  '$about → $expect',
  ({ method = 'GET', target = '/', headers, upgrade = false, session = false, expect: wanted }) => {
    const verdict = decideRequest({ method, target, headers, upgrade, session }, { port: 8765, names: ['studio.lan'] });
    expect(verdict.allow ? verdict.route : verdict.status).toBe(wanted);
  },
);
