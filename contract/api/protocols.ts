/** Evaluation protocols: those that come with Quorum and the user's own. */
import { z } from 'zod';
import { Protocol, ProtocolEntry } from '../protocol.ts';
import { procedure } from './procedure.ts';

const byName = z.object({ name: z.string().max(200) });

export const protocolsContract = {
  /** Quorum's own first. */
  list: procedure.output(z.array(ProtocolEntry)),
  /** A name never changes its meaning: the same definition again is no error, another one is. */
  create: procedure.input(z.object({ protocol: Protocol })).output(ProtocolEntry),
  remove: procedure.input(byName).output(ProtocolEntry),
};
