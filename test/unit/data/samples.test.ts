import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EMOJI, FASHION } from './fixtures.ts';

interface Sample {
  license: string;
  licenseFile: string;
  pictures: number;
  picturesSha256: string;
}

describe.each([
  ['Fashion-MNIST mini', FASHION],
  ['Noto emoji', EMOJI],
])('the sample %s', (_name, folder) => {
  const sample = JSON.parse(readFileSync(join(folder, 'sample.json'), 'utf8')) as Sample;
  const pictures = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.png'))
    .map((path) => path.replaceAll('\\', '/'))
    .sort();

  it('has exactly the pictures that were made', () => {
    const hash = createHash('sha256');
    for (const path of pictures)
      hash.update(
        `${path}\n${createHash('sha256')
          .update(readFileSync(join(folder, path)))
          .digest('hex')}\n`,
      );
    expect({ pictures: pictures.length, picturesSha256: hash.digest('hex') }).toEqual({
      pictures: sample.pictures,
      picturesSha256: sample.picturesSha256,
    });
  });

  it('has its licence beside it', () => {
    expect(['MIT', 'Apache-2.0']).toContain(sample.license);
    expect(existsSync(join(folder, sample.licenseFile))).toBe(true);
  });
});
