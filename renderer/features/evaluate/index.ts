/** Evaluate: accuracy under named protocols, and timing. */
import { mdiTableCheck } from '@mdi/js';
import { computed } from 'vue';
import { imagesInWords } from '../../../contract/evaluation.ts';
import { percent } from '../../format/numbers.ts';
import { protocolWords } from '../../format/protocols.ts';
import type { Feature } from '../feature.ts';
import type { Command } from '../shell/commandsStore.ts';
import { useEvaluationsStore } from './evaluationsStore.ts';

const TABS = ['measure', 'crop sizes', 'compare', 'timing', 'protocols'] as const;
const TAB_PATHS: Readonly<Partial<Record<(typeof TABS)[number], string>>> = { 'crop sizes': 'sizes' };

export const feature: Feature = {
  name: 'evaluate',
  order: 90,
  place: { title: 'Evaluate', path: '/evaluate', icon: mdiTableCheck },
  pages: [
    {
      path: '/evaluate/of/:id/:tab?',
      name: 'evaluation',
      title: 'Evaluation',
      view: () => import('./EvaluationView.vue'),
    },
    { path: '/evaluate/:tab?', name: 'evaluate', title: 'Evaluate', view: () => import('./EvaluateView.vue') },
  ],
  commands() {
    const evaluations = useEvaluationsStore();
    return computed((): Command[] => [
      { id: 'evaluate', group: 'Go to', title: 'Evaluate', to: '/evaluate' },
      ...TABS.map((tab) => ({
        id: `evaluate.${tab}`,
        group: 'Go to' as const,
        title: `Evaluate: ${tab}`,
        to: `/evaluate/${TAB_PATHS[tab] ?? tab}`,
      })),
      ...evaluations.list.map((one) => ({
        id: one.id,
        group: 'Evaluation' as const,
        title: `${one.network} by ${protocolWords(one.protocol)}`,
        hint: `${percent(one.top1)} % · ${imagesInWords(one.images)}`,
        to: `/evaluate/of/${one.id}`,
      })),
    ]);
  },
  menu: [{ menu: 'go', label: 'Evaluate', command: 'evaluate', accelerator: 'CmdOrCtrl+6' }],
  jobs: { evaluate: '/evaluate', time: '/evaluate/timing' },
  stages: { evaluate: 'Evaluating', time: 'Timing' },
};
