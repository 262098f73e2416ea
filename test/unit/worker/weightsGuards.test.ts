/** Guard by command: whatever one command looks at in a weight file, every other looks at too. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExportOrigin } from '../../../contract/weights/exportCard.ts';
import type { InputSpec } from '../../../contract/inputSpec.ts';
import type { OutputClasses } from '../../../contract/weights/weights.ts';
import { writeSafetensors } from '../../../core/formats/safetensors.ts';
import { describeNetwork } from '../../../core/models/describe.ts';
import { getModel } from '../../../core/models/registry.ts';
import { runExportWeightsJob } from '../../../core/worker/jobs/exportWeights/job.ts';
import { runImportWeightsJob } from '../../../core/worker/jobs/importWeights/job.ts';
import { runInspectInitialJob } from '../../../core/worker/jobs/inspectInitial/job.ts';
import { runInspectWeightsJob } from '../../../core/worker/jobs/inspectWeights/job.ts';
import { loadWeights } from '../../../core/worker/trainedNetwork.ts';
import { formulaWeight } from '../../support/formulaWeights.ts';

const folder = mkdtempSync(join(tmpdir(), 'guards-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const model = getModel('resnet20_cifar');
const options = { widthFactor: 0.01, depthFactor: 0.34 };
/** Gray images and four classes: neither is the usual number. */
const shape = { size: 32, channels: 1, classes: 4, options };
const input: InputSpec = { color: 'gray', scale: 255, mean: [0.2], std: [0.3] };
const outputs: OutputClasses = { ids: ['n1', 'n2', 'n3', 'n4'], names: ['a', 'b', 'c', 'd'] };

async function writeWeights(name: string, change: (values: Float32Array) => void = () => undefined): Promise<string> {
  const path = join(folder, name);
  const specs = describeNetwork(model, shape).weights;
  await writeSafetensors(
    path,
    specs.map((spec, i) => {
      const data = formulaWeight(spec);
      if (i === 0) change(data);
      return { name: spec.name, shape: spec.shape, data };
    }),
  );
  return path;
}

interface Seen {
  readonly classes: number | null;
  readonly channels: number;
  readonly input: InputSpec | null;
  readonly outputs: OutputClasses | null;
  readonly notes: readonly string[];
}

let imports = 0;

/** What each command takes from a file when it is told the network alone. */
const COMMANDS: Readonly<Record<string, (path: string) => Promise<Seen>>> = {
  inspect: async (path) => (await runInspectWeightsJob({ path, network: { model: model.name, options } })).mapping!,
  import: (path) =>
    runImportWeightsJob({
      path,
      network: { model: model.name, options },
      id: `w-${++imports}`,
      name: 'guarded',
      outputDir: join(folder, `imported-${imports}`),
      input: null,
      labels: null,
      outputs: null,
      protocol: null,
    }),
  'train --init': (path) => runInspectInitialJob({ path, model: { name: model.name, options } }),
  'evaluate, check, export': async (path) => {
    const weights = { kind: 'file', path } as const;
    const loaded = await loadWeights({ model: { name: model.name, options }, size: 32, outputs: null, weights });
    return { ...loaded, ...loaded.shape };
  },
};

const origin: ExportOrigin = {
  name: 'guarded',
  model: { name: model.name, options },
  title: model.title,
  size: 32,
  channels: 1,
  classes: 4,
  input,
  classNames: outputs.names,
  classIds: outputs.ids,
  labels: 'own',
  resize: null,
  protocol: null,
  source: {
    kind: 'file',
    id: null,
    checkpoint: null,
    dataset: null,
    definition: model.source,
    license: model.license,
    paper: model.paper,
  },
  metrics: [],
  notes: [],
};

describe.each(Object.entries(COMMANDS))('%s', (name, look) => {
  const exported = join(folder, 'exported.npy');
  beforeAll(async () => {
    if (existsSync(exported)) return;
    await runExportWeightsJob(
      {
        network: {
          model: origin.model,
          size: 32,
          outputs: null,
          weights: { kind: 'file', path: await writeWeights('source.safetensors') },
        },
        format: 'npy',
        output: exported,
        overwrite: false,
        origin,
        exportedBy: 'Quorum test',
        size: null,
        pixels: null,
        features: [],
      },
      { send: () => undefined, signal: new AbortController().signal, startedAt: 0 },
    );
  });

  it('takes classes and channels from the file', async () => {
    expect(await look(await writeWeights('plain.safetensors'))).toMatchObject({ classes: 4, channels: 1 });
  });

  it('feeds images and names outputs as the card beside the file says', async () => {
    const seen = await look(exported);
    expect(seen).toMatchObject({ classes: 4, channels: 1, input, outputs });
    expect(seen.notes.join(' ')).toContain('exported.npy.card.json');
  });

  // Before a run starts only names and shapes are looked at; its first step reads the values, and refuses these.
  it.skipIf(name === 'train --init')('names weights that are no finite numbers', async () => {
    const path = await writeWeights('infinite.safetensors', (values) => values.fill(NaN, 0, 1));
    expect((await look(path)).notes.join(' ')).toContain('no finite numbers');
  });
});
