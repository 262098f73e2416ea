/** The library that decodes, resizes and encodes pictures: loaded for the first one, as most commands open none. */
import type sharp from 'sharp';

export type PictureLibrary = typeof sharp;

let loading: Promise<PictureLibrary> | null = null;

/** @throws what Node throws where the library's binary cannot be loaded */
export function pictureLibrary(): Promise<PictureLibrary> {
  loading ??= load();
  return loading;
}

async function load(): Promise<PictureLibrary> {
  const { default: library } = await import('sharp');
  // Several pictures are in flight at once: one thread for each, and nothing is opened twice.
  library.concurrency(1);
  library.cache(false);
  return library;
}
