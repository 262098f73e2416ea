import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, expect, test } from 'vitest';
import { deviceOption, resolveDevice } from '../../../cli/options/deviceOption.ts';
import { gpuChoice } from '../../../contract/deviceChoice.ts';
import { pretendedGpu, pretendGpus } from '../../support/pretendedGpus.ts';
import { quorumCommand } from '../../support/quorumCommand.ts';

const GPUS = [pretendedGpu(0), pretendedGpu(1, { name: 'Pretended X2' })];
const gpus = pretendGpus(GPUS);
afterAll(() => gpus.remove());

async function chosen(text: string): Promise<unknown> {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  command.addOption(deviceOption('what computes').default('auto')).parse(['--device', text], { from: 'user' });
  await resolveDevice(command);
  return command.opts()['device'];
}

test('--device takes a kind, the number of a GPU, or its UUID', async () => {
  const [, second] = GPUS;
  for (const kind of ['auto', 'cpu', 'gpu', 'wasm']) expect(await chosen(kind)).toBe(kind);
  for (const text of ['gpu:1', second!.uuid, gpuChoice(second!.uuid)])
    expect(await chosen(text)).toBe(gpuChoice(second!.uuid));
  await expect(chosen('tpu')).rejects.toThrow(
    "Enter auto, cpu, gpu, wasm, gpu:0 (a GPU as nvidia-smi counts), or a GPU's",
  );
});

test('a GPU that is not there is refused before the command begins', async () => {
  const { code, stderr } = await quorumCommand(join(tmpdir(), 'never-made'), ['engine', 'test', '--device', 'gpu:7']);
  expect(code).not.toBe(0);
  expect(stderr).toContain('there is no such GPU. There are GPU 0 (Pretended X1), GPU 1 (Pretended X2).');
  await expect(chosen('GPU-ffffffff-0')).rejects.toMatchObject({ code: 'engine.noGpu' });
});
