import { expect, test } from 'vitest';
import { codeIn } from '../../../renderer/bridge/launchCode.ts';

test('the code is found in a link, in what the router made of it, and by itself', () => {
  const code = 'bPvGiVRT4_Ul1vEFpgPPZ6NghhDMkWyRBgAPMTfFdyQ';
  for (const text of [
    `http://127.0.0.1:8765/#code=${code}`,
    `Quorum: http://127.0.0.1:8765/#code=${code}`,
    `#/code=${code}`,
    ` ${code}\n`,
  ])
    expect(codeIn(text)).toBe(code);
  for (const text of ['', 'http://127.0.0.1:8765/', 'not a code']) expect(codeIn(text)).toBeNull();
});
