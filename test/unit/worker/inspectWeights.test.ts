/** What is shown of a weight file before its names are known. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writeSafetensors } from '../../../core/formats/safetensors.ts';
import { runInspectWeightsJob } from '../../../core/worker/jobs/inspectWeights/job.ts';
import { fixturePath } from '../weights/fixtures.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorum-inspect-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('names that fit nothing are shown beside the weights they could be', async () => {
  const path = join(folder, 'odd.safetensors');
  await writeSafetensors(path, [{ name: 'first.w', shape: [8, 3, 7, 7], data: new Float32Array(8 * 3 * 49) }]);
  const network = { model: 'resnet18', options: { widthFactor: 0.01 } };
  const unknown = await runInspectWeightsJob({ path, network });
  expect(unknown.mapping).toMatchObject({ loaded: [], unused: ['first.w'], naming: 'no known source' });
  expect(unknown.mapping!.missing).toContain('conv1/kernel');
  expect(unknown.mapping!.notes.join()).toContain('holds no weights of resnet18');
  const renames = [{ from: 'first.w', to: 'conv1/kernel' }];
  const named = await runInspectWeightsJob({ path, network, renames });
  expect(named.mapping).toMatchObject({ loaded: ['conv1/kernel'], unused: [] });
});

it('the parts of a checkpoint that hold weights are named', async () => {
  const { parts } = await runInspectWeightsJob({ path: fixturePath('checkpoint.pth'), network: null });
  expect(parts).toEqual(['state_dict', 'state_dict_ema']);
});
