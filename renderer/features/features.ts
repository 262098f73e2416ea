/**
 * Every feature of the window, in the order of the rail. A page with its own rail entry, commands and jobs is one line
 * here.
 */
import type { Feature } from './feature.ts';
import { compare } from './compare/index.ts';
import { datasets } from './datasets/index.ts';
import { ensembles } from './ensembles/index.ts';
import { evaluate } from './evaluate/index.ts';
import { guide } from './guide/index.ts';
import { home } from './home/index.ts';
import { newRun } from './newRun/index.ts';
import { reproduce } from './reproduce/index.ts';
import { run } from './run/index.ts';
import { runs } from './runs/index.ts';
import { settings } from './settings/index.ts';
import { shell } from './shell/index.ts';
import { trash } from './trash/index.ts';
import { weights } from './weights/index.ts';

export const features: readonly Feature[] = [
  home,
  datasets,
  newRun,
  compare,
  runs,
  run,
  ensembles,
  weights,
  evaluate,
  reproduce,
  trash,
  guide,
  settings,
  shell,
];
