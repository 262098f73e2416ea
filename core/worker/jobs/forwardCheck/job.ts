/** The forward check job: two images made by a formula through the network, which must tell them apart. */
import { StudioError } from '../../../../contract/errors.ts';
import { implementJob } from '../../jobContext.ts';
import { openEngine } from '../../openEngine.ts';
import { loadWeights, openInference } from '../../trainedNetwork.ts';
import { forwardCheckJob, type ForwardCheckJob, type ForwardCheckResult } from './messages.ts';

const IMAGES = 2;
/** Radians from one value to the next, different for each image, so that no two have a value in common for long. */
const STEPS = [0.013, 0.0271];

/** @throws {StudioError} weights.mismatch: logits that are no numbers, or the same for both images */
export async function runForwardCheckJob({ network, device }: ForwardCheckJob): Promise<ForwardCheckResult> {
  const weights = await loadWeights(network, network.channels);
  const { size, channels, classes } = weights.shape;
  const inference = openInference(await openEngine(device), weights, size, 'f32');
  try {
    const logits = inference.logits(formulaImages(size * size * channels), { height: size, width: size });
    const [first, second] = [logits.subarray(0, classes), logits.subarray(classes, 2 * classes)];
    if (!logits.every(Number.isFinite)) throw refused('scores that are no numbers');
    if (first.every((value, output) => value === second[output])) throw refused('one answer to two images');
    return { outputs: classes, spread: Math.max(...first) - Math.min(...first) };
  } finally {
    inference.dispose();
  }
}

/** Sines from −1 to 1, as normalised images are, [2, values]. */
function formulaImages(values: number): Float32Array {
  return Float32Array.from({ length: IMAGES * values }, (_, i) =>
    Math.sin(STEPS[Math.floor(i / values)]! * (i % values)),
  );
}

function refused(what: string): StudioError {
  return new StudioError('weights.mismatch', `With these weights the network gives ${what}.`, {
    remedy: 'Get the weights again, or choose other ones.',
  });
}

export const run = implementJob(forwardCheckJob, runForwardCheckJob);
