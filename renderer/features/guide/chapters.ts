/** The chapters of the guide, in reading order. */
import type { Component } from 'vue';

export interface Chapter {
  /** Name of its file. */
  readonly id: string;
  readonly title: string;
  readonly text: () => Promise<{ default: Component }>;
}

export const CHAPTERS: readonly Chapter[] = [
  { id: 'README', title: 'Contents', text: () => import('../../../docs/guide/README.md') },
  { id: 'first-hour', title: 'First hour', text: () => import('../../../docs/guide/first-hour.md') },
  { id: 'networks', title: 'Networks and fine-tuning', text: () => import('../../../docs/guide/networks.md') },
  { id: 'results', title: 'Reading the results', text: () => import('../../../docs/guide/results.md') },
  { id: 'voting', title: 'Voting', text: () => import('../../../docs/guide/voting.md') },
  { id: 'weights', title: 'Other people’s weights', text: () => import('../../../docs/guide/weights.md') },
  { id: 'protocols', title: 'Published protocols', text: () => import('../../../docs/guide/protocols.md') },
  { id: 'reports', title: 'Figures and reports', text: () => import('../../../docs/guide/reports.md') },
  { id: 'several-gpus', title: 'Several GPUs', text: () => import('../../../docs/guide/several-gpus.md') },
  { id: 'slurm', title: 'Runs on a Slurm cluster', text: () => import('../../../docs/guide/slurm.md') },
  { id: 'ssh', title: 'A workstation over SSH', text: () => import('../../../docs/guide/ssh.md') },
  { id: 'travel', title: 'Runs on other machines', text: () => import('../../../docs/guide/travel.md') },
  { id: 'large-data', title: 'Large data', text: () => import('../../../docs/guide/large-data.md') },
  { id: 'troubleshooting', title: 'Troubleshooting', text: () => import('../../../docs/guide/troubleshooting.md') },
];
