/** The machine behind the studio: device, engine, disk. */
import type { installEngineJob, testEngineJob } from '../../../contract/api/engine.ts';
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { DiskUse } from '../../../contract/api/settings.ts';
import type { FileRoot } from '../../../contract/api/files.ts';
import type { MenuEntry } from '../../../contract/api/connection.ts';
import type { HomeSummary, HostInfo } from '../../../contract/api/home.ts';
import type { FileRef } from '../../../contract/api/procedure.ts';
import type { EngineDevice, EngineFallback, EngineStatus } from '../../../contract/engine.ts';
import type { DeviceChoice } from '../../../contract/deviceChoice.ts';
import { desktop } from '../../bridge/desktop.ts';
import { useBridge } from '../../bridge/useBridge.ts';
import { useJobsStore } from './jobsStore.ts';

export const useHostStore = defineStore('host', () => {
  const { api, state, onEvent, onResync } = useBridge();
  const jobs = useJobsStore();
  const info = shallowRef<HostInfo | null>(null);
  const summary = shallowRef<HomeSummary | null>(null);
  const engine = shallowRef<EngineStatus | null>(null);
  const roots = shallowRef<readonly FileRoot[]>([]);
  const notices = shallowRef<readonly string[]>([]);

  const loadEngine = async (): Promise<void> => {
    engine.value = await api.engine.status({});
  };
  const loadSummary = async (): Promise<void> => {
    summary.value = await api.home.summary();
  };
  const loadRoots = async (): Promise<void> => {
    roots.value = await api.files.roots();
  };
  const loadNotices = async (): Promise<void> => {
    notices.value = await api.home.notices();
  };
  // the host may have been started anew
  onResync(() => {
    void loadNotices().catch(() => undefined);
  });
  onEvent((event) => {
    if (event.type === 'noticesDismissed') notices.value = [];
    if (event.type === 'engine') void Promise.all([loadEngine(), loadSummary()]).catch(() => undefined);
    if (event.type === 'files') void loadRoots().catch(() => undefined);
  });

  const pickFile = desktop?.pickFile;
  const picker = pickFile
    ? (kind: 'weights' | 'dataset' | 'runs') => (): Promise<FileRef | null> => pickFile(kind)
    : null;

  return {
    connection: state,
    info,
    summary,
    engine,
    roots,
    notices,
    loadNotices,
    loadEngine,
    loadSummary,
    loadRoots,
    loadInfo: async (): Promise<void> => {
      info.value = await api.home.host();
    },
    dismissNotices: (): Promise<void> => api.home.dismissNotices(),
    install: async (device: EngineDevice): Promise<string> => (await api.engine.install({ device })).jobId,
    installed: async (jobId: string): Promise<string> => (await jobs.result<typeof installEngineJob>(jobId)).folder,
    /** The user's choice where the engine could not be installed. */
    useFallback: (fallback: EngineFallback): Promise<void> => api.engine.useFallback({ fallback }),
    test: async (device: DeviceChoice): Promise<string> => (await api.engine.test({ device })).jobId,
    tested: async (jobId: string) => (await jobs.result<typeof testEngineJob>(jobId)).report,
    diskUse: (): Promise<DiskUse> => api.settings.diskUse(),
    clearCache: (): Promise<DiskUse> => api.settings.clearCache(),
    emptyTrash: () => api.settings.emptyTrash(),
    browse: (folder: FileRef) => api.files.browse({ folder }),
    /** Native dialogs, where there are any. */
    pickFolder: desktop?.pickFolder ?? null,
    pickWeights: picker?.('weights') ?? null,
    pickDataset: picker?.('dataset') ?? null,
    pickRuns: picker?.('runs') ?? null,
    dropped: (file: File): Promise<FileRef | null> => desktop?.refOfDropped(file) ?? Promise.resolve(null),
    /** The desktop's menu: its entries, and what is told the command of the one that was chosen. */
    showMenu: (entries: readonly MenuEntry[], onChoice: (command: string) => void): void => {
      void desktop?.setMenu([...entries]);
      desktop?.onMenu(onChoice);
    },
    forget: async (root: string): Promise<void> => {
      roots.value = await api.files.forget({ root });
    },
  };
});
