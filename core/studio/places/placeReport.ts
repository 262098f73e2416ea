/** What an installation says of itself to a machine that wants to send it runs: `quorum job --report`. */
import { z } from 'zod';
import { EngineDevice } from '../../../contract/engine.ts';
import { findGpus } from '../../provision/gpu.ts';
import { locateEngine } from '../../provision/installation.ts';
import { JOB_FORMAT } from './jobFolder.ts';

export const PlaceReport = z.object({
  version: z.string(),
  /** As `JOB_FORMAT`. */
  format: z.int(),
  /** Engines that are installed. */
  engines: z.array(EngineDevice),
  /** Names of the GPUs. */
  gpus: z.array(z.string()),
});
export type PlaceReport = z.infer<typeof PlaceReport>;

/** @param version of the program that asks */
export async function reportPlace(version: string): Promise<PlaceReport> {
  const { gpus } = await findGpus();
  const engines = EngineDevice.options.filter((device) => locateEngine(device) !== null);
  return { version, format: JOB_FORMAT, engines, gpus: gpus.map(({ name }) => name) };
}
