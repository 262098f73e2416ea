/** `--device`: a kind of device, or one GPU of this machine by its number or its UUID. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DeviceChoice, DeviceKind, gpuChoice } from '../../contract/deviceChoice.ts';
import { chooseGpu, GPU_NUMBER } from '../../core/studio/lanes/chooseGpu.ts';

export function deviceOption(description: string): Option {
  return new Option('--device <which>', `${description} (auto, cpu, gpu, gpu:1, a GPU's UUID, wasm)`).argParser(
    readDevice,
  );
}

function readDevice(text: string): string {
  if (GPU_NUMBER.test(text)) return text;
  const choice = DeviceChoice.safeParse(text.startsWith('GPU-') ? gpuChoice(text) : text);
  if (choice.success) return choice.data;
  throw new InvalidArgumentError(
    `Enter ${DeviceKind.options.join(', ')}, gpu:0 (a GPU as nvidia-smi counts), or a GPU's UUID.`,
  );
}

/**
 * Puts the UUID where the command line names a GPU by its number, before the command runs.
 * @throws {StudioError} `engine.noGpu`: there is none like that
 */
export async function resolveDevice(command: Command): Promise<void> {
  const device: unknown = command.opts()['device'];
  if (typeof device === 'string' && device.startsWith('gpu:'))
    command.setOptionValue('device', await chooseGpu(device));
}
