import { computed, type ComputedRef } from 'vue';
import { plural } from '../../format/numbers.ts';
import type { Command } from '../shell/commandsStore.ts';
import { useDatasetsStore } from './datasetsStore.ts';
import { useSample } from './useSample.ts';

export function useDatasetCommands(): ComputedRef<readonly Command[]> {
  const datasets = useDatasetsStore();
  const sample = useSample();
  return computed((): Command[] => [
    { id: 'datasets', group: 'Go to', title: 'Data sets', to: '/datasets' },
    { id: 'datasets.import', group: 'Do', title: 'Import a folder', hint: 'data set', to: '/datasets/import' },
    ...datasets.samples.map((one) => ({
      id: `sample.${one.name}`,
      group: 'Do' as const,
      title: `Try with sample data: ${one.title}`,
      hint: plural(one.pictures, 'image'),
      do: () => sample.open(one.name),
    })),
    ...datasets.list.map((set) => ({
      id: `train.${set.id}`,
      group: 'Do' as const,
      title: `Train on ${set.name}`,
      hint: 'new run',
      to: `/runs/new?dataset=${set.id}`,
    })),
    ...datasets.list.map((set) => ({
      id: set.id,
      group: 'Data set' as const,
      title: set.name,
      hint: set.id,
      to: `/datasets/${set.id}`,
    })),
  ]);
}
