/** Paths of the small weight files made by build/goldens/weights/makeFixtures.py. */
import { fileURLToPath } from 'node:url';
import { openWeights, type OpenWeightsOptions } from '../../../core/weights/openWeights.ts';
import type { WeightFile } from '../../../core/formats/weightFile.ts';

export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/weights/${name}`, import.meta.url));
}

export function openFixture(name: string, options?: OpenWeightsOptions): Promise<WeightFile> {
  return openWeights(fixturePath(name), options);
}
