/** Metric series from a connection that stays open. */
import { openSeriesReader } from '../../db/seriesReader.ts';
import { RecentlyUsed } from './recentlyUsed.ts';
import type { ReaderHandlers } from './requests.ts';

const readers = new RecentlyUsed<ReturnType<typeof openSeriesReader>>(2);

export const readSeries: ReaderHandlers['series'] = ({ database, ...request }) =>
  JSON.stringify(readers.get(database, () => openSeriesReader(database)).read(request));
