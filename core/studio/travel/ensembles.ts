/** Ensembles that travel with their members. */
import type { Ensemble } from '../../db/ensembleRepository.ts';
import { damaged } from '../../formats/archive/archiveErrors.ts';
import type { StudioContext } from '../context.ts';
import { newId } from '../records/ids.ts';

/** Those whose members are all among the runs. */
export async function ensemblesOf({ ensembles }: StudioContext, runs: readonly string[]): Promise<Ensemble[]> {
  return (await ensembles.list()).filter(({ members }) => members.every((id) => runs.includes(id)));
}

/**
 * As it is with the ids that its members have here.
 * @param ids by those in the archive
 * @throws {StudioError} archive.damaged: a member is not in the archive, or its rule is of other members
 */
export function withMembersHere(ensemble: Ensemble, ids: ReadonlyMap<string, string>): Ensemble {
  const members = ensemble.members.flatMap((there) => ids.get(there) ?? []);
  if (members.length > 0 && members.length === ensemble.members.length && fits(ensemble.rule, members.length))
    return { ...ensemble, members };
  throw damaged(`its ensemble "${ensemble.name.slice(0, 100)}" is not whole`);
}

/** Takes one in under an id and a name that are free; returns that name. */
export async function takeEnsemble({ ensembles }: StudioContext, ensemble: Ensemble): Promise<string> {
  const known = await ensembles.list();
  const isTaken = (id: string): boolean => known.some((other) => other.id === id);
  const id = isTaken(ensemble.id) ? await newId('e', async (one) => isTaken(one)) : ensemble.id;
  const name = freeName(known, ensemble.name);
  await ensembles.add({ ...ensemble, id, name });
  return name;
}

/** Whether each member that the rule speaks of is there. */
function fits(rule: Ensemble['rule'], members: number): boolean {
  if ('fallbackMember' in rule) return rule.fallbackMember < members;
  return rule.kind !== 'weighted' || rule.weights.length === members;
}

function freeName(known: readonly Ensemble[], name: string): string {
  const isTaken = (one: string): boolean => known.some((other) => other.name.toLowerCase() === one.toLowerCase());
  if (!isTaken(name)) return name;
  for (let n = 2; ; n += 1) if (!isTaken(`${name} (${n})`)) return `${name} (${n})`;
}
