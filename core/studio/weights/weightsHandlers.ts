/** Weights from elsewhere: look inside, import, find out how they want their pictures. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { Split } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { ExportCard } from '../../../contract/exportCard.ts';
import { channelsOf, InputSpec } from '../../../contract/inputSpec.ts';
import { LabelList, type Protocol } from '../../../contract/protocol.ts';
import { DeviceChoice, ModelOptions } from '../../../contract/runSpec.ts';
import type { ImportedWeights, SelfCheck, WeightsInspection, WeightsRecord } from '../../../contract/weights.ts';
import { TensorRename } from '../../../contract/tensorRename.ts';
import { nativeSide } from '../../data/packed/packKey.ts';
import { writeDurableFile } from '../../files/durableFile.ts';
import { getProtocol } from '../../evaluate/protocols/namedProtocols.ts';
import { getModel } from '../../models/registry.ts';
import { importWeightsJob } from '../../worker/jobs/importWeights/messages.ts';
import { inspectWeightsJob } from '../../worker/jobs/inspectWeights/messages.ts';
import { selfCheckJob } from '../../worker/jobs/selfCheck/messages.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { exportWeights, type ExportRequest } from './exportWeights.ts';
import { findByText, newId } from '../records/ids.ts';
import { findImported, keepSelfCheck, listImported, readRecord } from './importedWeights.ts';
import { runJob } from '../jobs/runJob.ts';

const Shape = {
  model: z.string(),
  options: ModelOptions.prefault({}),
  size: z.int().min(1).optional(),
  classes: z.int().min(1).optional(),
  channels: z.int().min(1).optional(),
};

export const InspectRequest = z.object({
  path: z.string(),
  entry: z.string().optional(),
  renames: z.array(TensorRename).optional(),
  network: z.object(Shape).optional(),
});
export type InspectRequest = z.input<typeof InspectRequest>;

export const ImportWeightsRequest = z.object({
  path: z.string(),
  entry: z.string().optional(),
  renames: z.array(TensorRename).optional(),
  name: z.string().min(1).max(200).optional(),
  network: z.object(Shape),
  input: InputSpec.optional(),
  labels: LabelList.optional(),
});
export type ImportWeightsRequest = z.input<typeof ImportWeightsRequest>;

export const SelfCheckRequest = z.object({
  /** Id or name. */
  weights: z.string(),
  dataset: z.string(),
  split: Split.default('val'),
  /** How pictures are resized and cropped; as they are where they have the network's size, else a centre crop. */
  protocol: z.string().optional(),
  limit: z.int().min(1).max(100_000).default(1000),
  batchSize: z.int().min(1).max(4096).default(32),
  device: DeviceChoice.default('auto'),
  /** Write the proposal into the card. */
  save: z.boolean().default(false),
});
export type SelfCheckRequest = z.input<typeof SelfCheckRequest>;

/** Folders of weights that were removed last; their cards name another folder, so that no list shows them. */
const ASIDE = '.aside-';

export interface WeightsHandlers {
  /** @throws StudioError `weights.…`, `file.…`, `model.…` */
  inspect(request: InspectRequest, work?: WorkOptions): Promise<WeightsInspection>;
  /** @throws StudioError as `inspect`; `weights.mismatch` where a weight is missing */
  import(request: ImportWeightsRequest, work?: WorkOptions): Promise<ImportedWeights>;
  list(): Promise<ImportedWeights[]>;
  /** @throws StudioError `file.notFound` */
  show(text: string): Promise<WeightsRecord>;
  /** @throws StudioError as `exportWeights` */
  export(request: ExportRequest, work?: WorkOptions): Promise<ExportCard>;
  remove(text: string): Promise<ImportedWeights>;
  /** Out of the list; `restore` takes them back until others are set aside. */
  setAside(text: string): Promise<ImportedWeights>;
  /** @throws StudioError `file.notFound` where they are gone for good, `file.exists` where their name is taken */
  restore(id: string): Promise<ImportedWeights>;
  /** Writes into the card how they want their pictures. */
  setCard(
    text: string,
    change: { readonly input?: InputSpec | null; readonly labels?: LabelList | null },
  ): Promise<ImportedWeights>;
  /** @throws StudioError `file.notFound`, `dataset.…`, `prediction.classMismatch` */
  check(request: SelfCheckRequest, work?: WorkOptions): Promise<SelfCheck & { readonly weights: ImportedWeights }>;
}

export function createWeightsHandlers(context: StudioContext): WeightsHandlers {
  const { paths } = context;
  return {
    async inspect(request, work) {
      const { path, entry, renames, network } = InspectRequest.parse(request);
      return runJob(
        context,
        inspectWeightsJob,
        {
          path: resolve(path),
          ...(entry !== undefined && { entry }),
          ...(renames && { renames }),
          network: network ? { ...network, model: getModel(network.model).name } : null,
        },
        work,
      );
    },
    async import(request, work) {
      const { path, entry, renames, name, network, input, labels } = ImportWeightsRequest.parse(request);
      const known = await listImported(paths);
      const model = getModel(network.model).name;
      const wanted = name ?? basename(path).replace(/\.[^.]+$/, '');
      if (known.some((card) => card.name.toLowerCase() === wanted.toLowerCase()))
        throw new StudioError('file.exists', `There are imported weights called "${wanted}" already.`, {
          remedy: 'Give another name.',
        });
      const id = await newId('w', async (candidate) => existsSync(join(paths.weights, candidate)));
      await mkdir(paths.weights, { recursive: true });
      return runJob(
        context,
        importWeightsJob,
        {
          path: resolve(path),
          ...(entry !== undefined && { entry }),
          ...(renames && { renames }),
          network: { ...network, model },
          id,
          name: wanted,
          outputDir: join(paths.weights, id),
          input: input ?? null,
          labels: labels ?? null,
        },
        work,
      );
    },
    list: () => listImported(paths),
    show: async (text) => readRecord(paths, (await findImported(paths, text)).card.id),
    export: (request, work) => exportWeights(context, request, work),
    async remove(text) {
      const { card } = await findImported(paths, text);
      await rm(join(paths.weights, card.id), { recursive: true, force: true });
      return card;
    },
    async setAside(text) {
      const { card } = await findImported(paths, text);
      for (const name of await readdir(paths.weights))
        if (name.startsWith(ASIDE)) await rm(join(paths.weights, name), { recursive: true, force: true });
      await rename(join(paths.weights, card.id), join(paths.weights, `${ASIDE}${card.id}`));
      return card;
    },
    async restore(id) {
      const aside = join(paths.weights, `${ASIDE}${id}`);
      if (!/^w-[\w-]+$/.test(id) || !existsSync(aside))
        throw new StudioError('file.notFound', 'These weights are gone for good.', { remedy: 'Import them again.' });
      await rename(aside, join(paths.weights, id));
      return (await findImported(paths, id)).card;
    },
    async setCard(text, change) {
      const { card } = await findImported(paths, text);
      const changed: ImportedWeights = { ...card, ...change };
      const channels = changed.input ? channelsOf(changed.input) : card.channels;
      if (channels !== card.channels)
        throw new StudioError('input.invalid', `"${card.name}" takes ${card.channels} channels, not ${channels}.`);
      await writeDurableFile(join(paths.weights, card.id, 'card.json'), `${JSON.stringify(changed, null, 1)}\n`, {
        overwrite: true,
      });
      return changed;
    },
    async check(input, work) {
      const request = SelfCheckRequest.parse(input);
      const { card, file } = await findImported(paths, request.weights);
      const dataset = findByText(
        (await context.datasets.list()).datasets,
        request.dataset,
        'dataset.notFound',
        'data set',
      );
      const protocol =
        request.protocol === undefined ? usualProtocol(card.size, nativeSide(dataset)) : getProtocol(request.protocol);
      const result = await runJob(
        context,
        selfCheckJob,
        {
          network: {
            model: card.model,
            size: card.size,
            classes: card.classes,
            outputs: card.outputs,
            weights: { kind: 'file', path: file },
          },
          declared: card.input,
          labels: card.labels,
          protocol,
          datasetDir: paths.datasetDir(dataset.id),
          split: request.split,
          limit: request.limit,
          batchSize: request.batchSize,
          device: request.device,
        },
        { ...work, device: request.device },
      );
      await keepSelfCheck(paths, card.id, {
        ...result,
        datasetName: dataset.name,
        split: request.split,
        checkedAt: new Date().toISOString(),
      });
      const best = result.rows.find(({ name }) => name === result.proposed);
      const weights = request.save && best ? { ...card, input: best.input } : card;
      if (weights !== card)
        await writeDurableFile(join(paths.weights, card.id, 'card.json'), `${JSON.stringify(weights, null, 1)}\n`, {
          overwrite: true,
        });
      return { ...result, weights };
    },
  };
}

function usualProtocol(size: number, native: number | null): Protocol {
  const shared = {
    name: 'self-check',
    crop: size,
    mirror: false,
    average: 'probabilities',
    input: null,
    labels: null,
  } as const;
  if (native === size)
    return { ...shared, title: `${size} × ${size} as they are`, resize: { kind: 'none' }, crops: 'whole' };
  const short = Math.round((size * 256) / 224);
  return {
    ...shared,
    title: `Centre crop ${size} of short side ${short}`,
    resize: { kind: 'shortSide', sizes: [short], method: 'pillow-bilinear' },
    crops: 'centreHalfEven',
  };
}
