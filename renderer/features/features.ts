/** Every feature of the window: a folder whose `index.ts` exports `feature`. */
import type { Feature } from './feature.ts';

const found = import.meta.glob<Feature>('./*/index.ts', { eager: true, import: 'feature' });

export const features: readonly Feature[] = Object.values(found).sort((a, b) => a.order - b.order);
