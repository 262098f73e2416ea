import { computed, type ComputedRef } from 'vue';
import { type Command, useCommandsStore } from './commandsStore.ts';
import { useHostStore } from './hostStore.ts';
import { useJobsStore } from './jobsStore.ts';
import { useNoticesStore } from './noticesStore.ts';

export function useShellCommands(): ComputedRef<readonly Command[]> {
  const commands = useCommandsStore();
  const host = useHostStore();
  const jobs = useJobsStore();
  const notices = useNoticesStore();
  function about(): void {
    const { version = '', platform = 'this machine', dataDir = '–' } = host.info ?? {};
    notices.say(`Quorum ${version} on ${platform}. Data folder: ${dataDir}`);
  }
  return computed((): Command[] => [
    ...(notices.current?.undo
      ? [{ id: 'undo', group: 'Undo' as const, title: 'Undo', hint: notices.current.text, do: () => notices.undo() }]
      : []),
    { id: 'palette', group: 'Go to', title: 'Command palette', hidden: true, do: () => (commands.open = true) },
    { id: 'about', group: 'Do', title: 'About Quorum', hint: 'version', do: about },
    ...jobs.active.map((job) => ({
      id: `cancel.${job.id}`,
      group: 'Do' as const,
      title: `Cancel: ${job.title}`,
      hint: 'job',
      do: () => jobs.cancel(job.id),
    })),
  ]);
}
