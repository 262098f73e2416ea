import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { renderContactSheet, type SheetPicture } from '../../../core/evaluate/contactSheet.ts';
import { escapeXml, fitText, textWidth } from '../../../pure/figures/svgText.ts';
import { seeded } from './seeded.ts';

const MARGIN = 28;
const HEAD = 74;

function pictures(
  count: number,
  size: number,
  channels: 1 | 3,
  change: (index: number) => Partial<SheetPicture> = () => ({}),
): SheetPicture[] {
  const next = seeded(1);
  return Array.from({ length: count }, (_, index) => ({
    pixels: Uint8Array.from({ length: size * size * channels }, () => Math.floor(next() * 256)),
    decision: 'cat',
    truth: 'cat',
    ...change(index),
  }));
}

async function pixelsOf(
  png: Buffer,
): Promise<{ width: number; height: number; at: (x: number, y: number) => number[] }> {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return {
    width: info.width,
    height: info.height,
    at: (x, y) => [...data.subarray((y * info.width + x) * info.channels, (y * info.width + x) * info.channels + 3)],
  };
}

describe('contact sheet', () => {
  it.each<[1 | 3, number]>([
    [1, 28],
    [3, 28],
    [3, 64],
  ])('shows every pixel of %i-channel pictures of side %i as a square', async (channels, size) => {
    const shown = pictures(2, size, channels);
    const image = await pixelsOf(
      await renderContactSheet(shown, { size, channels, title: 'Sheet', subtitle: 'protocol' }),
    );
    const factor = Math.round(128 / size);
    for (const [place, picture] of shown.entries()) {
      const left = MARGIN + place * (size * factor + 18);
      for (let y = 1; y < size - 1; y++) {
        for (let x = 1; x < size - 1; x++) {
          const expected = [0, 1, 2].map(
            (channel) => picture.pixels[(y * size + x) * channels + (channels === 1 ? 0 : channel)]!,
          );
          for (const corner of [0, factor - 1])
            expect(image.at(left + x * factor + corner, MARGIN + HEAD + y * factor + corner)).toEqual(expected);
        }
      }
    }
  });

  it('tells wrong from right and from unlabelled by frame and caption', async () => {
    const truths = ['cat', 'dog', null];
    const image = await pixelsOf(
      await renderContactSheet(
        pictures(3, 32, 3, (index) => ({ truth: truths[index]! })),
        { size: 32, channels: 3, title: 'Sheet', subtitle: '' },
      ),
    );
    const frames = truths.map((_, place) => image.at(MARGIN + place * 146 - 2, MARGIN + HEAD + 64));
    expect(frames[1]).toEqual([0xd5, 0x5e, 0x00]);
    expect(frames[0]).not.toEqual(frames[1]);
    expect(frames[2]).toEqual(frames[0]);
    const ink = truths.map((_, place) => {
      const colors = new Set<string>();
      for (let y = 0; y < 36; y++)
        for (let x = 0; x < 128; x++)
          colors.add(image.at(MARGIN + place * 146 + x, MARGIN + HEAD + 128 + 4 + y).join());
      return colors;
    });
    expect(ink[0]!.has('0,121,90')).toBe(true);
    expect(ink[1]!.has('179,71,0')).toBe(true);
    expect(ink[2]!.has('0,121,90') || ink[2]!.has('179,71,0')).toBe(false);
    expect(ink[2]!.size).toBeGreaterThan(5);
  });

  it("fills a member's dot only where it chose the decision", async () => {
    const draw = (agrees: boolean[]): Promise<Buffer> =>
      renderContactSheet(
        pictures(1, 32, 3, () => ({ agrees })),
        { size: 32, channels: 3, title: 't', subtitle: 's', members: ['11', '13'] },
      );
    const dot = async (agrees: boolean[]): Promise<number[]> =>
      (await pixelsOf(await draw(agrees))).at(MARGIN + 16 + 5, MARGIN + 96 + 128 + 18 + 17 + 14);
    expect(await dot([true, false])).toEqual([0x00, 0x72, 0xb2]);
    expect(await dot([false, true])).toEqual([0xfb, 0xfb, 0xfa]);
  });

  it('shrinks large pictures and takes a grid of any size', async () => {
    expect(
      (
        await pixelsOf(
          await renderContactSheet(pictures(1, 300, 1), { size: 300, channels: 1, title: 't', subtitle: 's' }),
        )
      ).height,
    ).toBeLessThan(400);
    expect(
      (
        await pixelsOf(
          await renderContactSheet(pictures(7, 28, 1), {
            size: 28,
            channels: 1,
            title: 't',
            subtitle: 's',
            columns: 3,
          }),
        )
      ).height,
    ).toBeGreaterThan(3 * 140);
  });

  it('never takes a name for markup', async () => {
    const options = {
      size: 16,
      channels: 1 as const,
      title: '</text></svg><script/>',
      subtitle: '<image href="file:///etc/passwd"/>',
      members: ['<b>', '&x;'],
    };
    const hostile = await renderContactSheet(
      pictures(2, 16, 1, () => ({
        decision: '</text><rect width="9999" height="9999"/>',
        truth: '\u0000\u001b[2J&amp;\ud800',
        agrees: [true, false],
      })),
      options,
    );
    const image = await pixelsOf(hostile);
    expect(image.at(image.width - 3, image.height - 3)).toEqual([0xfb, 0xfb, 0xfa]);
  });

  it('refuses no pictures and pictures of another size', async () => {
    const options = { size: 8, channels: 3 as const, title: 't', subtitle: 's' };
    await expect(renderContactSheet([], options)).rejects.toMatchObject({ code: 'input.invalid' });
    await expect(renderContactSheet(pictures(1, 8, 1), options)).rejects.toMatchObject({
      code: 'input.invalid',
      message: 'Image 1 has 64 bytes; 8 × 8 pixels of 3 channels take 192.',
    });
  });
});

it('text is escaped, cleaned and cut to its room', () => {
  expect(escapeXml('a<b>&"\'\n\u0000\u202e\ud800c')).toBe('a&lt;b&gt;&amp;&quot;&#39; c');
  expect(fitText('short', 100, 12)).toBe('short');
  const cut = fitText('a very long name of a class that cannot fit', 100, 12);
  expect(cut).toMatch(/^a very.*…$/);
  expect(textWidth(cut, 12)).toBeLessThanOrEqual(100);
  expect(fitText('', 10, 12)).toBe('');
});
