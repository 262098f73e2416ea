/** One GPU of this machine, as a user names it. */
import { type DeviceChoice, gpuChoice } from '../../../contract/deviceChoice.ts';
import { StudioError } from '../../../contract/errors.ts';
import { gpuWords } from '../../../pure/gpuWords.ts';
import { findGpus } from '../../provision/gpu.ts';

/** `gpu:1`: the number that nvidia-smi counts with. */
export const GPU_NUMBER = /^gpu:(\d{1,3})$/;

/**
 * The choice of the GPU that `text` names by its number or its UUID.
 * @throws {StudioError} `engine.noGpu`: there is none like that
 */
export async function chooseGpu(text: string): Promise<DeviceChoice> {
  const { gpus, problem } = await findGpus();
  const number = GPU_NUMBER.exec(text)?.[1];
  const gpu = gpus.find(({ index, uuid }) =>
    number === undefined ? gpuChoice(uuid) === text : index === Number(number),
  );
  if (gpu) return gpuChoice(gpu.uuid);
  const found = gpus.length === 0 ? 'No GPU is found' : `There are ${gpus.map(gpuWords).join(', ')}`;
  throw new StudioError('engine.noGpu', `--device ${text}: there is no such GPU. ${problem ?? found}.`, {
    remedy: 'See nvidia-smi -L, or choose --device auto.',
  });
}
