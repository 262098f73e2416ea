/** Handlers of ensembles: members, votes over stored predictions, the predictions file. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { makeFolder } from '../../files/makeFolder.ts';
import { type EnsembleRow, exportVotesJob, selectEnsembleJob } from '../../../contract/api/ensembles.ts';
import { memberKindOf, ruleInWords, type VotingRule } from '../../../contract/voting.ts';
import type { Ensemble } from '../../db/ensembleRepository.ts';
import type { Evaluation } from '../../db/evaluationRepository.ts';
import { memberLabels } from '../../evaluate/memberLabel.ts';
import { computeTurn } from '../host/computeTurn.ts';
import { exportUrl, evaluationPictureUrls } from '../host/mediaPath.ts';
import type { StudioHost } from '../host/studioHost.ts';
import {
  findMember,
  findMembers,
  type Member,
  memberOfEvaluation,
  memberOfId,
  memberOrigins,
} from '../results/members.ts';
import { describeData, protocolInWords, versionsOf } from '../results/vote.ts';
import { resolveRule } from '../results/votingRule.ts';
import { api } from './implementer.ts';
import { imagesChosen, requireEvaluation, startPredictions } from './evaluations.ts';

async function ensembleRow(host: StudioHost, { id, name, rule, members, createdAt }: Ensemble): Promise<EnsembleRow> {
  const { context } = host.studio;
  // one that is gone keeps its place, so that the list can be shown and the ensemble removed
  const found = await Promise.all(members.map((id) => findMember(context, memberOfId(id)).catch(() => null)));
  const labels = memberLabels(found.map((member) => member?.model ?? 'unknown'));
  return {
    id,
    name,
    rule,
    createdAt,
    ruleInWords: ruleInWords(rule, labels),
    members: members.map((memberId, i) => ({
      memberId,
      kind: memberKindOf(memberId),
      label: labels[i] ?? '',
      name: found[i]?.name ?? memberId,
      model: found[i]?.model ?? '',
      ...standingOf(found[i] ?? null),
    })),
  };
}

function standingOf(member: Member | null): Pick<EnsembleRow['members'][number], 'state' | 'datasetId'> {
  if (member?.kind === 'run') return { state: member.run.state, datasetId: member.run.spec.dataset };
  return { state: member ? 'finished' : 'failed', datasetId: null };
}

async function membersOf(
  host: StudioHost,
  predictionIds: readonly string[],
): Promise<{ predictions: Evaluation[]; members: Member[]; directories: string[]; protocol: string }> {
  const predictions = await Promise.all(predictionIds.map((id) => requireEvaluation(host, id)));
  const members = await Promise.all(predictions.map((one) => memberOfEvaluation(host.studio.context, one)));
  return {
    predictions,
    members,
    directories: predictions.map((prediction) => prediction.path),
    protocol: protocolInWords(predictions),
  };
}

function labelsOf(members: readonly Member[]): string[] {
  return memberLabels(members.map(({ model }) => model));
}

export const ensemblesRouter = {
  list: api.ensembles.list.handler(async ({ context: { host } }) =>
    Promise.all((await host.studio.ensembles.list()).map((ensemble) => ensembleRow(host, ensemble))),
  ),
  show: api.ensembles.show.handler(async ({ input, context: { host } }) =>
    ensembleRow(host, await host.studio.ensembles.show(input.ensemble)),
  ),
  create: api.ensembles.create.handler(async ({ input, context: { host } }) => {
    const { kind, fallback, weights } = input.rule;
    const ensemble = await host.studio.ensembles.create({
      name: input.name,
      members: input.members.map(memberOfId),
      rule: { kind, ...(fallback !== undefined && { fallback }), ...(weights && { weights }) },
    });
    host.events.publish({ type: 'ensembles' });
    return ensembleRow(host, ensemble);
  }),
  select: api.ensembles.select.handler(async ({ input, context: { host } }) => {
    const { name, members: ids, split, dataset, steps } = input;
    const members = await findMembers(host.studio.context, ids.map(memberOfId));
    const devices = members.map((member) => (member.kind === 'run' ? member.run.spec.device : 'auto'));
    return {
      jobId: host.jobs.start({
        kind: selectEnsembleJob,
        title: `Select the members of ${name}`,
        turn: await computeTurn(host.studio.context, devices),
        async run(work) {
          for (const device of new Set(devices)) await host.studio.engine.ensure(device, { signal: work.signal });
          const { ensemble, ...report } = await host.studio.ensembles.select(
            {
              name,
              members: ids.map(memberOfId),
              images: { kind: 'split', split, ...(dataset !== undefined && { dataset }) },
              ...(steps !== undefined && { steps }),
            },
            work,
          );
          host.events.publish({ type: 'evaluations' });
          host.events.publish({ type: 'ensembles' });
          return {
            report: {
              ...report,
              ensemble: await ensembleRow(host, ensemble),
              members: report.members.map(({ id, ...member }) => ({ memberId: id, ...member })),
            },
          };
        },
      }),
    };
  }),
  remove: api.ensembles.remove.handler(async ({ input, context: { host } }) => {
    const removed = await host.studio.ensembles.remove(input.ensemble);
    host.events.publish({ type: 'ensembles' });
    return removed;
  }),
  predict: api.ensembles.predict.handler(async ({ input, context: { host } }) => {
    const { id, networks } = await host.studio.ensembles.show(input.ensemble);
    const images = await imagesChosen(host, input.images);
    const request = { images, checkpoint: input.checkpoint, reuse: input.reuse };
    return { jobId: await startPredictions(host, networks, request, id) };
  }),
  rule: api.ensembles.rule.handler(async ({ input, context: { host } }) => {
    const members = await findMembers(host.studio.context, input.members.map(memberOfId));
    const { kind, fallback, weights } = input.rule;
    const rule: VotingRule = resolveRule(
      { kind, ...(fallback !== undefined && { fallback }), ...(weights && { weights }) },
      members,
    );
    return { rule, words: ruleInWords(rule, labelsOf(members)) };
  }),
  vote: api.ensembles.vote.handler(async ({ input, context: { host } }) => {
    const { predictions, members, directories, protocol } = await membersOf(host, input.predictions);
    const labels = labelsOf(members);
    const figures = await host.reader.ask('voteFigures', { directories, rule: input.rule });
    return {
      ...figures,
      ruleInWords: ruleInWords(input.rule, labels),
      protocol,
      members: figures.members.map((member, i) => ({
        ...member,
        predictionId: predictions[i]?.id ?? '',
        memberId: members[i]!.id,
        kind: members[i]!.kind,
        name: members[i]!.name,
        label: labels[i] ?? '',
      })),
    };
  }),
  rows: api.ensembles.rows.handler(async ({ input, context: { host } }) => {
    const { predictions, directories } = await membersOf(host, input.predictions);
    const { rows, total } = await host.reader.ask('voteRows', {
      directories,
      rule: input.rule,
      filter: input.filter,
      offset: input.offset,
      limit: input.limit,
    });
    const [first] = predictions;
    return { total, rows: first ? rows.map((row) => ({ ...row, ...evaluationPictureUrls(first.id, row.index) })) : [] };
  }),
  confusion: api.ensembles.confusion.handler(async ({ input, context: { host } }) => {
    const { directories } = await membersOf(host, input.predictions);
    return host.reader.ask('confusion', { directories, rule: input.rule, pairs: input.pairs });
  }),
  export: api.ensembles.export.handler(async ({ input, context: { host } }) => {
    const { predictions, members, directories, protocol } = await membersOf(host, input.predictions);
    const fileName = safeFileName(input.fileName);
    const id = randomUUID();
    return {
      jobId: host.jobs.start({
        kind: exportVotesJob,
        title: `Write ${fileName}`,
        async run({ signal }) {
          const folder = host.studio.paths.exportDir(id);
          await makeFolder(folder);
          const written = await host.reader.askAside(
            'export',
            {
              directories,
              rule: input.rule,
              path: join(folder, fileName),
              columns: Object.fromEntries(Object.entries(input.columns).filter(([, shown]) => shown === true)),
              cells: input.cells,
              protocol,
              origins: memberOrigins(members, predictions),
              data: await describeData(host.studio.context, predictions[0]),
              versions: versionsOf(predictions[0]),
            },
            signal,
          );
          return {
            file: {
              url: exportUrl(id, fileName),
              sidecarUrl: exportUrl(id, `${fileName}.json`),
              fileName,
              rows: written.rows,
              sizeBytes: written.sizeBytes,
              sha256: written.sha256,
            },
          };
        },
      }),
    };
  }),
};

/** A name every system takes, ending in `.csv`. */
function safeFileName(name: string): string {
  const plain =
    name
      .replace(/[^A-Za-z0-9 ._-]/g, '_')
      .replace(/\.{2,}/g, '.')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 90) || 'predictions';
  return plain.toLowerCase().endsWith('.csv') ? plain : `${plain}.csv`;
}
