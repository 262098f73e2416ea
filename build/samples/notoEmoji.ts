/** Noto emoji (Google, Apache-2.0) at 64 × 64 over white, one folder for each of eight groups. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

/** Symbols and components are left out: they are signs and parts, not pictures of something. */
const GROUPS: Readonly<Record<string, string>> = {
  Activities: 'activities',
  'Animals & Nature': 'animals-nature',
  Flags: 'flags',
  'Food & Drink': 'food-drink',
  Objects: 'objects',
  'People & Body': 'people-body',
  'Smileys & Emotion': 'smileys-emotion',
  'Travel & Places': 'travel-places',
};

interface EmojiEntry {
  readonly category: string;
  readonly image: string;
  readonly has_img_google: boolean;
}

/** Writes `<group>/<code points>.png` into `target` from the unpacked npm package; skin tone variants are left out. */
export async function writeNotoEmoji(packageFolder: string, target: string): Promise<void> {
  const entries = JSON.parse(readFileSync(join(packageFolder, 'package/emoji.json'), 'utf8')) as EmojiEntry[];
  for (const group of Object.values(GROUPS)) mkdirSync(join(target, group), { recursive: true });
  for (const entry of entries) {
    const group = GROUPS[entry.category];
    if (group === undefined || !entry.has_img_google) continue;
    if (!/^[0-9a-f-]+\.png$/.test(entry.image)) throw new Error(`unexpected image name ${JSON.stringify(entry.image)}`);
    await sharp(join(packageFolder, 'package/img/google/64', entry.image))
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .png({ compressionLevel: 9, adaptiveFiltering: true })
      .toFile(join(target, group, entry.image));
  }
}
