/** Places where runs train beside this machine; the list of them is part of the settings. */
import { z } from 'zod';
import { PlaceName } from '../place.ts';
import { procedure } from './procedure.ts';

export const placesContract = {
  /** Asks whether it answers, and says what did; nothing is started. */
  check: procedure.input(z.object({ name: PlaceName })).output(z.object({ answer: z.string() })),
};
