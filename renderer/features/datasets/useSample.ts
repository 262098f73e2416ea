/** From nothing to a data set to look at, in one click. */
import { computed } from 'vue';
import { useRouter } from 'vue-router';
import { useDatasetsStore } from './datasetsStore.ts';
import { useNoticesStore } from '../shell/noticesStore.ts';

const NO_SPLIT = { val: 0.15, test: 0.15, seed: 0 };

export function useSample() {
  const datasets = useDatasetsStore();
  const notices = useNoticesStore();
  const router = useRouter();
  return {
    /** The one that is quickest to train. */
    first: computed(
      () => datasets.samples.find((sample) => sample.name.startsWith('fashion')) ?? datasets.samples[0] ?? null,
    ),
    async open(name: string): Promise<void> {
      const sample = datasets.samples.find((known) => known.name === name);
      const known = sample?.importedAs ? datasets.find(sample.importedAs) : null;
      if (known) {
        await router.push(`/datasets/${known.id}`);
        return;
      }
      await notices.attempt(async () => {
        const deleted = datasets.trashed.find((set) => set.root.endsWith(`/samples/${name}`));
        if (deleted) {
          await datasets.restore(deleted.id);
          await router.push(`/datasets/${deleted.id}`);
          return;
        }
        const jobId = await datasets.import({
          source: { kind: 'sample', sample: name },
          layout: 'auto',
          fractions: NO_SPLIT,
          ...(sample && { name: sample.title }),
        });
        const set = await datasets.imported(jobId);
        await datasets.load();
        await router.push(`/datasets/${set.id}`);
      });
    },
  };
}
