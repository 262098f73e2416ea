/** What a cell says: a word, a tone and an icon, so that none of them has to be seen alone. */
import {
  mdiAlertCircleOutline,
  mdiCheckCircleOutline,
  mdiDatabaseOffOutline,
  mdiHelpCircleOutline,
  mdiNotEqualVariant,
  mdiPlayCircleOutline,
  mdiProgressClock,
  mdiTrayArrowDown,
} from '@mdi/js';
import type { CellState } from '../../../contract/results/reproduction.ts';

export interface CellWords {
  readonly word: string;
  readonly reason: string;
  readonly tone: 'good' | 'bad' | 'warn' | 'calm' | 'live';
  readonly icon: string;
}

const MISSING: Readonly<Record<Exclude<CellState['kind'], 'measured'>, CellWords>> = {
  missingData: {
    word: 'Needs the data set',
    reason: 'No data set here has the published classes and split. Import it first.',
    tone: 'calm',
    icon: mdiDatabaseOffOutline,
  },
  missingWeights: {
    word: 'Needs the weights',
    reason: 'The published weights are not here. Import them first.',
    tone: 'calm',
    icon: mdiTrayArrowDown,
  },
  missingRun: {
    word: 'Not trained yet',
    reason: 'No run of this network on this data set. Fill the table to train it.',
    tone: 'calm',
    icon: mdiPlayCircleOutline,
  },
  missingEvaluation: {
    word: 'Not evaluated yet',
    reason: 'The network is here and was not measured under this protocol. Fill the table to evaluate it.',
    tone: 'calm',
    icon: mdiPlayCircleOutline,
  },
  running: {
    word: 'Training',
    reason: 'A run of this network is queued or training.',
    tone: 'live',
    icon: mdiProgressClock,
  },
  unfinished: {
    word: 'Stopped early',
    reason: 'The run ended before it had this result. Fill the table to continue it.',
    tone: 'warn',
    icon: mdiPlayCircleOutline,
  },
};

const VERDICTS = {
  agrees: { word: 'Agrees', tone: 'good', icon: mdiCheckCircleOutline },
  differs: { word: 'Differs beyond chance', tone: 'bad', icon: mdiAlertCircleOutline },
  tooFewImages: { word: 'Too few images to tell', tone: 'warn', icon: mdiHelpCircleOutline },
  notComparable: { word: 'Not comparable', tone: 'calm', icon: mdiNotEqualVariant },
} as const;

export function cellWords(state: CellState): CellWords {
  if (state.kind !== 'measured') return MISSING[state.kind];
  return { ...VERDICTS[state.verdict.kind], reason: state.verdict.reason };
}
