/** One pass over images at their own size: each is decoded once, and cut once for all that want it cut alike. */
import { type ResolvedProtocol, viewCount } from '../../../../contract/protocol.ts';
import type { LabelledPictures } from '../../../evaluate/protocols/splitPictures.ts';
import { viewsOfAll } from '../../../evaluate/protocols/viewPool.ts';
import { type JobContext, progressSender } from '../../jobContext.ts';
import { probabilitiesOf } from '../../viewScores.ts';
import type { ViewItem } from './items.ts';

/** Milliseconds that the threads took which make the views, and that the network stood still for want of them. */
export interface ViewTiming {
  readonly viewsMs: number;
  readonly waitedMs: number;
}

export async function viewPass(
  source: LabelledPictures,
  items: readonly ViewItem[],
  batchSize: number,
  context: JobContext,
): Promise<ViewTiming> {
  const cuts = new Map(items.map(({ protocol }) => [cutKey(protocol), protocol]));
  const cutOf = items.map(({ protocol }) => [...cuts.keys()].indexOf(cutKey(protocol)));
  const tell = progressSender(context, 'evaluate', source.count);
  let [done, viewsMs, waitedMs] = [0, 0, 0];
  for await (const chunk of viewsOfAll(source, [...cuts.values()], batchSize, context.signal)) {
    viewsMs += chunk.workMs;
    waitedMs += chunk.waitedMs;
    const images = chunk.pictures.map((p) => ({ path: source.paths[p]!, label: source.labels[p]! }));
    const skipped = chunk.skipped.map(({ picture, reason }) => ({ path: source.paths[picture]!, reason }));
    for (const [i, { protocol, network, outputs, measurement }] of items.entries()) {
      measurement.skip(skipped);
      if (images.length === 0) continue;
      const from = performance.now();
      const views = { pixels: chunk.views[cutOf[i]!]!, sizes: chunk.sizes[cutOf[i]!]! };
      const { average, crop } = protocol;
      const scores = probabilitiesOf(views, images.length, { network, classes: outputs, average, crop, batchSize });
      measurement.seen(chunk.different[cutOf[i]!]!, viewCount(protocol));
      await measurement.add(scores, images, performance.now() - from);
      await new Promise(setImmediate);
      context.signal.throwIfAborted();
    }
    done += images.length + skipped.length;
    tell(done);
  }
  return { viewsMs, waitedMs };
}

/** Protocols with one key make the same views of a picture. */
const cutKey = ({ resize, crop, crops, mirror, input: { color, scale, mean, std } }: ResolvedProtocol): string =>
  JSON.stringify([resize, crop, crops, mirror, color, scale, mean, std]);
