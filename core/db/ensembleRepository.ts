/** Ensembles: their members in order and the rule they vote by. */
import { memberKindOf, VotingRule } from '../../contract/voting.ts';
import { readJson } from './jsonColumn.ts';
import type { QuorumDatabase } from './schema.ts';

export interface Ensemble {
  readonly id: string;
  readonly name: string;
  readonly rule: VotingRule;
  /** Ids of runs and imported weights; the rule's `fallbackMember` and `weights` follow this order. */
  readonly members: readonly string[];
  readonly createdAt: string;
}

export interface EnsembleRepository {
  add(ensemble: Ensemble): Promise<void>;
  /** Newest first. */
  list(): Promise<Ensemble[]>;
  remove(id: string): Promise<void>;
  /** Names of the ensembles that a run, or imported weights, are a member of. */
  namesWith(memberId: string): Promise<string[]>;
}

export function createEnsembleRepository(db: QuorumDatabase): EnsembleRepository {
  return {
    async add({ id, name, rule, members, createdAt }) {
      await db.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('ensembles')
          .values({ id, name, rule_json: JSON.stringify(rule), created_at: createdAt })
          .execute();
        await transaction
          .insertInto('ensemble_members')
          .values(members.map((memberId, position) => ({ ensemble_id: id, position, ...columnsOf(memberId) })))
          .execute();
      });
    },
    async list() {
      const rows = await db.selectFrom('ensembles').selectAll().orderBy('created_at', 'desc').execute();
      const members = await db.selectFrom('ensemble_members').selectAll().orderBy('position').execute();
      return rows.map((row) => ({
        id: row.id,
        name: row.name,
        rule: readJson(VotingRule, row.rule_json, 'rule'),
        createdAt: row.created_at,
        members: members.flatMap((one) => (one.ensemble_id === row.id ? (one.run_id ?? one.weights_id ?? []) : [])),
      }));
    },
    async remove(id) {
      await db.deleteFrom('ensembles').where('id', '=', id).execute();
    },
    async namesWith(memberId) {
      const rows = await db
        .selectFrom('ensemble_members')
        .innerJoin('ensembles', 'ensembles.id', 'ensemble_members.ensemble_id')
        .select('ensembles.name')
        .where(memberKindOf(memberId) === 'run' ? 'run_id' : 'weights_id', '=', memberId)
        .execute();
      return rows.map((row) => row.name);
    },
  };
}

function columnsOf(memberId: string): { run_id: string | null; weights_id: string | null } {
  return memberKindOf(memberId) === 'run'
    ? { run_id: memberId, weights_id: null }
    : { run_id: null, weights_id: memberId };
}
