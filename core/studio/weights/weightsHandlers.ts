/** Weights from elsewhere: look inside, import, find out how they want their images. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { WeightsNetwork } from '../../../contract/api/weights.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { ExportCard } from '../../../contract/weights/exportCard.ts';
import { TensorRename } from '../../../contract/weights/tensorRename.ts';
import type {
  ImportedWeights,
  SelfCheck,
  WeightsInspection,
  WeightsRecord,
} from '../../../contract/weights/weights.ts';
import { getModel } from '../../models/registry.ts';
import { inspectWeightsJob } from '../../worker/jobs/inspectWeights/messages.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { runJob } from '../jobs/runJob.ts';
import { exportWeights, type ExportRequest } from './exportWeights.ts';
import {
  changeCard,
  findImported,
  listImported,
  readRecord,
  removeImported,
  restoreImported,
  setImportedAside,
  type CardChange,
} from './importedWeights.ts';
import { importWeights, type ImportWeightsRequest } from './importWeights.ts';
import { checkInput, type SelfCheckRequest } from './selfCheck.ts';

export const InspectRequest = z.object({
  path: z.string(),
  entry: z.string().optional(),
  renames: z.array(TensorRename).optional(),
  /** Take them though their names are another network's. */
  insist: z.boolean().optional(),
  network: WeightsNetwork.optional(),
});
export type InspectRequest = z.input<typeof InspectRequest>;

export interface WeightsHandlers {
  /** @throws {StudioError} weights.…, `file.…`, `model.…` */
  inspect(request: InspectRequest, work?: WorkOptions): Promise<WeightsInspection>;
  /** @throws {StudioError} as `inspect`; `weights.mismatch` where a weight is missing */
  import(request: ImportWeightsRequest, work?: WorkOptions): Promise<ImportedWeights>;
  list(): Promise<ImportedWeights[]>;
  /** @throws {StudioError} file.notFound */
  show(text: string): Promise<WeightsRecord>;
  /** @throws {StudioError} as `exportWeights` */
  export(request: ExportRequest, work?: WorkOptions): Promise<ExportCard>;
  /** @throws {StudioError} file.notFound, weights.inUse: a member of an ensemble */
  remove(text: string): Promise<ImportedWeights>;
  /** Out of the list; `restore` takes them back until others are set aside. */
  setAside(text: string): Promise<ImportedWeights>;
  /** @throws {StudioError} file.notFound where they are gone for good, `file.exists` where their name is taken */
  restore(id: string): Promise<ImportedWeights>;
  /** Writes into the card how they want their images. */
  setCard(text: string, change: CardChange): Promise<ImportedWeights>;
  /** @throws {StudioError} file.notFound, `dataset.…`, `prediction.classMismatch` */
  check(request: SelfCheckRequest, work?: WorkOptions): Promise<SelfCheck & { readonly weights: ImportedWeights }>;
}

export function createWeightsHandlers(context: StudioContext): WeightsHandlers {
  const { paths } = context;
  return {
    inspect: (request, work) => inspect(context, request, work),
    import: (request, work) => importWeights(context, request, work),
    list: () => listImported(paths),
    show: async (text) => readRecord(paths, (await findImported(paths, text)).card.id),
    export: (request, work) => exportWeights(context, request, work),
    async remove(text) {
      await requireNoMember(context, text);
      return removeImported(paths, text);
    },
    async setAside(text) {
      await requireNoMember(context, text);
      return setImportedAside(paths, text);
    },
    restore: (id) => restoreImported(paths, id),
    setCard: (text, change) => changeCard(paths, text, change),
    check: (request, work) => checkInput(context, request, work),
  };
}

/** @throws {StudioError} file.notFound, weights.inUse */
async function requireNoMember({ paths, ensembles }: StudioContext, text: string): Promise<void> {
  const { card } = await findImported(paths, text);
  const names = await ensembles.namesWith(card.id);
  if (names.length === 0) return;
  throw new StudioError(
    'weights.inUse',
    `"${card.name}" is a member of ${names.map((name) => `"${name}"`).join(', ')}.`,
    {
      remedy: 'Remove these ensembles first.',
    },
  );
}

function inspect(context: StudioContext, request: InspectRequest, work?: WorkOptions): Promise<WeightsInspection> {
  const { path, entry, renames, insist, network } = InspectRequest.parse(request);
  const question = {
    path: resolve(path),
    ...(entry !== undefined && { entry }),
    ...(renames && { renames }),
    ...(insist && { insist }),
    network: network ? { ...network, model: getModel(network.model).name } : null,
  };
  return runJob(context, inspectWeightsJob, question, work);
}
