/** Places where runs train beside this machine; the list of them is part of the settings. */
import { z } from 'zod';
import { PlaceFinding, PlaceName } from '../place.ts';
import { procedure } from './procedure.ts';

export const placesContract = {
  /** Asks whether it answers, and says what is there and what is missing; nothing is started. */
  check: procedure.input(z.object({ name: PlaceName })).output(z.object({ findings: z.array(PlaceFinding) })),
};
