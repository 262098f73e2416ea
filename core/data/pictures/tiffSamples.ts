/**
 * Which TIFF samples can become 8-bit sRGB without a guess. Unsigned whole numbers have a range of their own;
 * floating-point, signed and 32-bit samples have none that the file states, so that their pictures would come out
 * black,
 * white or halved: they are refused by name, or read by a range that the user chose.
 */
import type { TiffPage } from './tiffHeader.ts';

export interface SampleVerdict {
  /** Why the picture is not decoded, or null. */
  readonly problem: string | null;
  /** Samples beyond the colours that are no transparency are left out; what is to be said about it, or null. */
  readonly note: string | null;
  /** Gray or RGB samples wider than a byte, which a range that is chosen brings to bytes. */
  readonly wide: boolean;
}

const FORMAT = { unsigned: 1, signed: 2, float: 3, undefined: 4 } as const;
const EXTRA = { unspecified: 0, premultiplied: 1, alpha: 2 } as const;

interface ColourKind {
  readonly colours: number;
  readonly bits: readonly number[];
}

/** By PhotometricInterpretation: how many samples are colours, and the bits that are read. */
const KINDS: Readonly<Record<number, ColourKind>> = {
  0: { colours: 1, bits: [1, 2, 4, 8, 16] },
  1: { colours: 1, bits: [1, 2, 4, 8, 16] },
  2: { colours: 3, bits: [8, 16] },
  3: { colours: 1, bits: [1, 2, 4, 8] },
  5: { colours: 4, bits: [8, 16] },
  6: { colours: 3, bits: [8] },
  8: { colours: 3, bits: [8] },
};

/** Kinds that are named, and not read. */
const FOREIGN_KINDS: Readonly<Record<number, string>> = {
  4: 'a transparency mask',
  9: 'ICC L*a*b* colours',
  10: 'ITU L*a*b* colours',
  32803: 'the raw mosaic of a camera sensor',
  32844: 'LogL brightness',
  32845: 'LogLuv colours',
  34892: 'raw data of a camera sensor',
};

const CONVERT = 'convert it to 8 bits';
const CHOOSE = 'choose a range of values for the import';

type Verdict = Omit<SampleVerdict, 'wide'>;

function refused(problem: string): Verdict {
  return { problem, note: null };
}

/** Bits of the samples that the picture library reads as numbers, by their format. */
const WIDE_BITS: Readonly<Record<number, readonly number[]>> = {
  [FORMAT.unsigned]: [16, 32],
  [FORMAT.signed]: [8, 16, 32],
  [FORMAT.float]: [32],
};

export function judgeSamples(page: TiffPage): SampleVerdict {
  const bits = page.bitsPerSample[0] ?? 1;
  const format = page.sampleFormats[0] ?? FORMAT.unsigned;
  // The picture library turns gray round that is kept with white as zero, where its numbers are unsigned.
  const whiteIsZero = page.photometric === 0 && (format === FORMAT.unsigned || format === FORMAT.undefined);
  const colours = page.photometric === 1 || whiteIsZero ? 1 : page.photometric === 2 ? 3 : 0;
  const bands = judgeExtraBands(page.samples - colours, page.extraSamples, page.photometric);
  const mixed = page.bitsPerSample.some((o) => o !== bits) || page.sampleFormats.some((o) => o !== format);
  const alpha = page.samples > colours && bands.note === null;
  const wide = !mixed && colours > 0 && !alpha && bands.problem === null && WIDE_BITS[format]?.includes(bits) === true;
  return { ...judgeBytes(page, { bits, format, mixed, remedy: wide ? CHOOSE : CONVERT }), wide };
}

interface SampleKind {
  readonly bits: number;
  readonly format: number;
  /** The bands differ in them. */
  readonly mixed: boolean;
  /** What makes images of samples without a range. */
  readonly remedy: string;
}

/** Whether the samples become bytes by themselves. */
function judgeBytes(page: TiffPage, { bits, format, mixed, remedy }: SampleKind): Verdict {
  const { photometric, samples, extraSamples } = page;
  if (mixed) return refused('a TIFF whose bands have different number formats, which is not read');
  if (format === FORMAT.float)
    return refused(`a TIFF of ${bits}-bit floating-point samples, whose range the file does not say; ${remedy}`);
  if (format === FORMAT.signed)
    return refused(`a TIFF of ${bits}-bit signed samples, whose range the file does not say; ${remedy}`);
  if (format !== FORMAT.unsigned && format !== FORMAT.undefined)
    return refused(`a TIFF of complex numbers, which is no image; ${CONVERT}`);
  if (bits > 16) return refused(`a TIFF of ${bits}-bit samples, which rarely fill their range; ${remedy}`);
  const kind = KINDS[photometric];
  if (kind === undefined)
    return refused(
      `a TIFF with ${FOREIGN_KINDS[photometric] ?? `colours of the unknown kind ${photometric}`}, which is not read`,
    );
  if (photometric === 5 && page.inkSet !== 1) return refused('a TIFF with inks other than CMYK, which is not read');
  if (!kind.bits.includes(bits)) return refused(`a TIFF of ${bits}-bit samples, which is not read; ${CONVERT}`);
  return judgeExtraBands(samples - kind.colours, extraSamples, photometric);
}

function judgeExtraBands(count: number, extraSamples: readonly number[], photometric: number): Verdict {
  if (count <= 0) return { problem: null, note: null };
  const kinds = Array.from({ length: count }, (_, i) => extraSamples[i] ?? EXTRA.unspecified);
  if (count > 1)
    return refused(`a TIFF with ${count} bands beside its colours, which is not read; keep the bands that you want`);
  if (kinds[0] === EXTRA.premultiplied)
    return refused('a TIFF whose colours are multiplied by its transparency, which is not read; save it as PNG');
  if (kinds[0] === EXTRA.alpha) return { problem: null, note: null };
  // Gray and one band: which of the two is the picture is as unclear as what the other one is.
  if (photometric !== 2)
    return refused('a TIFF with one band of unknown meaning beside its colours, which is not read');
  return { problem: null, note: 'a fourth band of unknown meaning (infrared?) was left out' };
}
