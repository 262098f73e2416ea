/** A quick recipe for as many images as there are: small data gets small batches and more epochs. */

/** Fewer steps in an epoch leave too little to learn from. */
const STEPS_PER_EPOCH = 8;
/** BatchNorm's statistics of fewer images are mostly noise. */
const LEAST_BATCH = 8;
/** As the quick presets have on the sample images. */
const STEPS_IN_ALL = 64;

/** @param images that are trained on */
export function fitToImages<T extends { readonly batchSize: number; readonly epochs: number }>(
  settings: T,
  images: number,
): T {
  const wanted = 2 ** Math.floor(Math.log2(Math.max(1, images / STEPS_PER_EPOCH)));
  const batchSize = Math.max(1, Math.min(settings.batchSize, images, Math.max(LEAST_BATCH, wanted)));
  const stepsPerEpoch = Math.max(1, Math.ceil(images / batchSize));
  return { ...settings, batchSize, epochs: Math.max(settings.epochs, Math.ceil(STEPS_IN_ALL / stepsPerEpoch)) };
}
