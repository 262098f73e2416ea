/**
 * A prediction is an evaluation of a run by the protocol it was trained with: its rows move into the table of
 * evaluations, which learns of folders, of the precision and of samples.
 */
import { type Kysely, sql } from 'kysely';

interface PredictionRow {
  readonly id: string;
  readonly spec_json: string;
}

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table evaluations_with_folders (
    id text primary key, run_id text references runs (id) on delete set null, checkpoint_seq integer,
    weights_path text, network text not null, model text not null, dataset_id text, dataset_name text, split text,
    folder text, protocol_name text not null, protocol_json text not null, precision text, image_limit integer,
    path text not null, count integer not null, classes integer not null, top1 real, top5 real, loss real,
    device_json text not null, images_per_sec real not null, data_fingerprint text, created_at text not null,
    check ((folder is null) = (dataset_id is not null and dataset_name is not null and split is not null))
  ) strict`.execute(db);
  await sql`insert into evaluations_with_folders (
      id, run_id, checkpoint_seq, weights_path, network, model, dataset_id, dataset_name, split, protocol_name,
      protocol_json, path, count, classes, top1, top5, loss, device_json, images_per_sec, data_fingerprint, created_at)
    select id, run_id, checkpoint_seq, weights_path, network, model, dataset_id, dataset_name, split, protocol_name,
      protocol_json, path, count, classes, top1, top5, loss, device_json, images_per_sec, data_fingerprint, created_at
    from evaluations`.execute(db);
  await movePredictions(db);
  await sql`drop table predictions`.execute(db);
  await sql`drop table evaluations`.execute(db);
  await sql`alter table evaluations_with_folders rename to evaluations`.execute(db);
  await sql`create index evaluations_by_run on evaluations (run_id)`.execute(db);
  await sql`create index evaluations_by_creation on evaluations (created_at)`.execute(db);
}

async function movePredictions(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<PredictionRow>`select predictions.id, runs.spec_json from predictions
    join runs on runs.id = predictions.run_id where json_valid(runs.spec_json)`.execute(db);
  for (const { id, spec_json } of rows) {
    const { precision, protocol } = ofSpec(JSON.parse(spec_json) as Spec);
    await sql`insert into evaluations_with_folders (
        id, run_id, checkpoint_seq, network, model, dataset_id, dataset_name, split, folder, protocol_name,
        protocol_json, precision, path, count, classes, top1, top5, device_json, images_per_sec, data_fingerprint,
        created_at)
      select predictions.id, run_id, checkpoint_seq, runs.name, runs.model, predictions.dataset_id,
        coalesce(datasets.name, predictions.dataset_id), split, folder, ${protocol.name}, ${JSON.stringify(protocol)},
        ${precision}, path, count, classes, top1, top5, predictions.device_json, images_per_sec, data_fingerprint,
        predictions.created_at
      from predictions join runs on runs.id = run_id left join datasets on datasets.id = predictions.dataset_id
      where predictions.id = ${id}`.execute(db);
  }
}

/** What a run's settings say about its input; the rest was left out by earlier versions where it was usual. */
interface Spec {
  readonly precision?: string;
  readonly preprocessing: {
    readonly size: number;
    readonly color?: string;
    readonly channelOrder?: string;
    readonly fit?: string;
    readonly interpolation?: string;
    readonly scale?: number;
    readonly mean: readonly number[];
    readonly std: readonly number[];
  };
}

function ofSpec({ precision = 'f32', preprocessing }: Spec) {
  const { size, color = 'rgb', channelOrder = 'rgb', fit = 'cover', interpolation = 'lanczos3' } = preprocessing;
  const { scale = 255, mean, std } = preprocessing;
  return {
    precision,
    protocol: {
      name: `packed-${size}-${fit}-${interpolation}`,
      title:
        `${fit === 'cover' ? 'Centre' : 'Squashed to'} ${size} × ${size} (${interpolation}), ` +
        'as the run was trained',
      resize: { kind: 'packed', size, fit, kernel: interpolation },
      crop: size,
      crops: 'whole',
      mirror: false,
      average: 'probabilities',
      input: { color: color === 'rgb' ? channelOrder : color, scale, mean, std },
      labels: 'own',
    },
  };
}
