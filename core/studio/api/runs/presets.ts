/** Handler of presets. */
import { PRESETS } from '../../runs/presets.ts';
import { api } from '../implementer.ts';

export const presetsRouter = {
  list: api.presets.list.handler(() => [...PRESETS]),
};
