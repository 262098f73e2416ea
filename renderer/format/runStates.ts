import {
  mdiAlertOctagonOutline,
  mdiCheckCircleOutline,
  mdiCircleSlice5,
  mdiClockOutline,
  mdiDownload,
  mdiHarddisk,
  mdiLinkVariantOff,
  mdiLoading,
  mdiMemory,
  mdiPauseCircleOutline,
  mdiPlayCircleOutline,
  mdiTimerSandEmpty,
  mdiTrendingUp,
} from '@mdi/js';
import type { RunState } from '../../contract/run.ts';

export type Tone = 'calm' | 'live' | 'good' | 'warn' | 'bad';

export const STATE_LOOKS: Readonly<
  Record<RunState, { readonly word: string; readonly icon: string; readonly tone: Tone }>
> = {
  queued: { word: 'Queued', icon: mdiClockOutline, tone: 'calm' },
  installing: { word: 'Installing the engine', icon: mdiDownload, tone: 'live' },
  starting: { word: 'Starting', icon: mdiLoading, tone: 'live' },
  training: { word: 'Training', icon: mdiPlayCircleOutline, tone: 'live' },
  validating: { word: 'Validating', icon: mdiCircleSlice5, tone: 'live' },
  diskFull: { word: 'Disk full', icon: mdiHarddisk, tone: 'warn' },
  finished: { word: 'Finished', icon: mdiCheckCircleOutline, tone: 'good' },
  stopped: { word: 'Stopped', icon: mdiPauseCircleOutline, tone: 'warn' },
  diverged: { word: 'Diverged', icon: mdiTrendingUp, tone: 'bad' },
  failed: { word: 'Failed', icon: mdiAlertOctagonOutline, tone: 'bad' },
  outOfMemory: { word: 'Out of memory', icon: mdiMemory, tone: 'bad' },
  hung: { word: 'Hung', icon: mdiTimerSandEmpty, tone: 'bad' },
  interrupted: { word: 'Interrupted', icon: mdiLinkVariantOff, tone: 'warn' },
};
