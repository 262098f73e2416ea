import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forkJob } from '../../../../cli/forkJob.ts';
import { getProtocol } from '../../../../core/evaluate/protocols/namedProtocols.ts';
import { resolveProtocol } from '../../../../core/evaluate/protocols/resolveProtocol.ts';
import { ResolvedProtocol } from '../../../../contract/protocol.ts';
import { withVariant } from '../../../../core/evaluate/protocols/variants.ts';
import { protocolInWords } from '../../../../core/studio/results/vote.ts';
import { createStudio, type Studio } from '../../../../core/studio/createStudio.ts';
import { exampleEvaluation, exampleSpec } from '../../db/examples.ts';

let folder = '';
let studio: Studio;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quorum-predictions-'));
  studio = await createStudio({ dataDir: folder, fork: forkJob });
  await studio.context.runs.create({ id: 'r-1', spec: exampleSpec() });
});
afterAll(async () => {
  await studio.close();
  rmSync(folder, { recursive: true, force: true });
});

const OTHER_PROTOCOL = resolveProtocol(
  getProtocol('squash-rgb-224'),
  { input: null, labels: null },
  null,
  exampleSpec().classIds,
);
/** Of run r-1; only the first two are what it says as it was trained, in full and at its own precision. */
const EVALUATIONS = [
  { id: 'v-1' },
  { id: 'p-2', images: { kind: 'folder', path: '/pictures' } as const },
  { id: 'v-3', protocol: OTHER_PROTOCOL },
  { id: 'v-4', precision: 'bf16' as const },
  { id: 'v-5', limit: 5 },
  { id: 'v-6', precision: null },
  {
    id: 'v-7',
    protocol: ResolvedProtocol.parse(withVariant(exampleEvaluation().protocol, { reading: 'subset' })),
  },
];

test('predictions of a run are its evaluations as it was trained; they go with it for good, others stay', async () => {
  for (const one of EVALUATIONS) {
    const path = studio.paths.evaluationDir(one.id);
    mkdirSync(path, { recursive: true });
    await studio.context.evaluations.add({ ...exampleEvaluation(), runId: 'r-1', ...one, path });
  }
  expect((await studio.evaluations.predictions({ kind: 'run', text: 'r-1' })).map(({ id }) => id)).toEqual([
    'v-1',
    'p-2',
  ]);
  await studio.runBook.delete('r-1');
  const left = await studio.evaluations.list();
  expect(left.map(({ id, runId }) => [id, runId])).toEqual(['v-7', 'v-6', 'v-5', 'v-4', 'v-3'].map((id) => [id, null]));
  expect(EVALUATIONS.map(({ id }) => existsSync(studio.paths.evaluationDir(id)))).toEqual([
    false,
    false,
    true,
    true,
    true,
    true,
    true,
  ]);
});

test('members that read their outputs differently do not vote together', () => {
  const { protocol } = exampleEvaluation();
  const subset = ResolvedProtocol.parse(withVariant(protocol, { reading: 'subset' }));
  expect(protocolInWords([{ protocol }, { protocol }])).not.toContain('decided among');
  expect(protocolInWords([{ protocol: subset }])).toContain("decided among the data set's classes alone");
  expect(() => protocolInWords([{ protocol }, { protocol: subset }])).toThrow(
    expect.objectContaining({
      code: 'ensemble.badMembers',
      message: expect.stringContaining('readings differ') as string,
    }),
  );
});

test("a reading is named after its protocol, and its name is no one's own", async () => {
  const { protocol } = await studio.protocols.show('caffe-1crop-224.subset');
  expect(protocol).toMatchObject({ name: 'caffe-1crop-224.subset', reading: 'subset', crop: 224 });
  await expect(studio.protocols.show('nothing.subset')).rejects.toMatchObject({ code: 'input.invalid' });
  await expect(studio.protocols.create({ ...protocol, name: 'mine.subset' })).rejects.toMatchObject({
    code: 'input.invalid',
    message: 'The end of the name mine.subset is that of a reading.',
  });
});
