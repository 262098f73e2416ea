/** What runs on a workstation without a scheduler, as bash reads it. */
import { JOB_VARIABLE, NO_FOLDER, OUTPUT_FILE, PLACE_FOLDER, TOKEN_VARIABLE } from './jobFolder.ts';
import { quoted } from './quoted.ts';
import type { JobSight, Submission } from './scheduler.ts';

export interface WorkstationSubmission extends Submission {
  readonly jobsDir: string;
  readonly program: readonly string[];
  readonly modules: readonly string[];
  readonly lanes: number;
}

/** What ended longer ago is asked for by nobody. */
const KEPT_DAYS = 30;
/** Between a request to end and the end. */
const GRACE_SECONDS = 30;

/** The boot of the machine: after another one, nothing of the last lives. */
const BOOT = 'cat /proc/sys/kernel/random/boot_id';

/** One at a time: two hosts, or one whose first answer was lost, do not number the same job twice. */
const locked = (jobsDir: string): string[] => [
  'umask 077',
  `cd ${quoted(jobsDir)} || exit 1`,
  'exec 8>lock && flock 8 || exit 1',
];

/**
 * Whether a process of the job in folder `$1` lives: it holds a lock, which the probe shares with other probes only.
 */
const LIVES = 'lives() { ! flock --shared --nonblock "$1/alive" true 2>/dev/null; }';

/** Prints the numbers of the jobs, of those as well that were started before under that token. */
export function submitScript({ token, runDirs, jobsDir, ...job }: WorkstationSubmission): string {
  const starts = runDirs.map(
    (runDir, index) =>
      `start ${quoted(`${token} ${index}`)} ${quoted(runDir)} ${quoted(jobScript(runDir, token, job))}`,
  );
  return [
    `mkdir -p ${quoted(jobsDir)}`,
    ...locked(jobsDir),
    `find . -mindepth 2 -maxdepth 2 -name code -mtime +${KEPT_DAYS} -printf '%h\\0' | xargs -0r rm -rf`,
    'start() {',
    '  known=$(grep -lxF -e "$1" ./*/token 2>/dev/null | head -n 1)',
    '  if [ -n "$known" ]; then basename "$(dirname "$known")"; return; fi',
    '  last=$(ls | grep -x "[0-9]*" | sort -n | tail -n 1)',
    `  id=$((\${last:-0} + 1))`,
    '  mkdir "$id" || exit 1',
    '  printf %s "$3" >"$id/script"',
    `  ${BOOT} >"$id/boot"`,
    '  exec 9>"$id/alive" && flock 9 || exit 1',
    // the token comes last: without it the job was never here
    '  printf "%s\\n" "$1" >"$id/token"',
    `  output="$2/${PLACE_FOLDER}/${OUTPUT_FILE}"`,
    `  [ -d "\${output%/*}" ] || output=/dev/null`,
    '  setsid nohup bash -l "$id/script" "$id" </dev/null >>"$output" 2>&1 8>&- &',
    '  exec 9>&-',
    '  echo "$id"',
    '}',
    ...starts,
  ].join('\n');
}

/** The job itself, from its wait for a lane to the code it ends with. Its lock is open as 9. */
function jobScript(
  runDir: string,
  token: string,
  { program, modules, lanes }: Pick<WorkstationSubmission, 'program' | 'modules' | 'lanes'>,
): string {
  return [
    'job="$PWD/$1"; jobs="$PWD"',
    'echo $$ >"$job/pid"',
    `run=${quoted(runDir)}`,
    'end() { echo "$1" >"$job/code.part" && mv "$job/code.part" "$job/code"; exit "$1"; }',
    LIVES,
    // those before it that still wait go first
    'next() {',
    '  for other in $(ls "$jobs" | grep -x "[0-9]*" | sort -n); do',
    `    [ "$other" -lt "\${job##*/}" ] || return 0`,
    '    [ -e "$jobs/$other/lane" ] || [ -e "$jobs/$other/code" ] || ! lives "$jobs/$other" || return 1',
    '  done',
    '}',
    'lane=0',
    'while [ "$lane" = 0 ]; do',
    '  if next; then',
    `    for ((n = 1; n <= ${lanes}; n++)); do`,
    '      exec 7>"$jobs/lane$n"',
    '      if flock --nonblock 7; then lane=$n; break; fi',
    '    done',
    '  fi',
    '  [ "$lane" != 0 ] || sleep 1',
    'done',
    'echo "$lane" >"$job/lane"',
    `[ -d "$run/${PLACE_FOLDER}" ] || end ${NO_FOLDER}`,
    ...modules.map((name) => `module load ${quoted(name)} || end 1`),
    // each lane has a GPU of its own, as far as there are so many
    `if [ -z "\${CUDA_VISIBLE_DEVICES+set}" ] && command -v nvidia-smi >/dev/null; then`,
    '  mapfile -t gpus < <(nvidia-smi --query-gpu=uuid --format=csv,noheader 2>/dev/null)',
    `  [ "\${#gpus[@]}" = 0 ] || export CUDA_VISIBLE_DEVICES="\${gpus[(lane - 1) % \${#gpus[@]}]}"`,
    'fi',
    `export ${TOKEN_VARIABLE}=${quoted(token)} ${JOB_VARIABLE}="$1"`,
    `${program.map(quoted).join(' ')} job "$run" &`,
    'child=$!',
    'trap \'kill -TERM "$child"\' TERM',
    // a signal ends a wait early
    'until wait "$child"; code=$?; ! kill -0 "$child" 2>/dev/null; do :; done',
    'end "$code"',
    '',
  ].join('\n');
}

/** Prints the numbers of a submission's jobs in order, as far as they are there. */
export function findScript(jobsDir: string, token: string, count: number): string {
  return [
    `[ -d ${quoted(jobsDir)} ] || exit 0`,
    ...locked(jobsDir),
    `for ((i = 0; i < ${count}; i++)); do`,
    `  known=$(grep -lxF -e ${quoted(token)}" $i" ./*/token 2>/dev/null | head -n 1)`,
    '  [ -z "$known" ] || basename "$(dirname "$known")"',
    'done',
    'exit 0',
  ].join('\n');
}

/** A line for each job: its number, what it is at, a number to that, and the machine's name. */
export function lookScript(jobsDir: string, ids: readonly string[]): string {
  return [
    `cd ${quoted(jobsDir)} 2>/dev/null || { for id in ${ids.map(quoted).join(' ')}; do echo "$id unknown 0"; done; exit 0; }`,
    LIVES,
    `boot=$(${BOOT})`,
    'look() {',
    '  [ -d "$1" ] || { echo unknown 0; return; }',
    '  if lives "$1"; then',
    '    [ ! -e "$1/lane" ] || { echo running 0; return; }',
    '    ahead=0',
    '    for other in $(ls | grep -x "[0-9]*"); do',
    '      [ "$other" -ge "$1" ] || [ -e "$other/lane" ] || [ -e "$other/code" ] || ! lives "$other" || ahead=$((ahead + 1))',
    '    done',
    '    echo "waiting $((ahead + 1))"; return',
    '  fi',
    '  [ ! -e "$1/cancelled" ] || { echo cancelled 0; return; }',
    '  [ ! -e "$1/code" ] || { echo "ended $(cat "$1/code")"; return; }',
    '  if [ "$boot" = "$(cat "$1/boot")" ]; then echo killed 0; else echo rebooted 0; fi',
    '}',
    `for id in ${ids.map(quoted).join(' ')}; do echo "$id $(look "$id") $(uname -n)"; done`,
  ].join('\n');
}

const STATES: Readonly<Record<string, Pick<JobSight, 'phase' | 'state'>>> = {
  waiting: { phase: 'waiting', state: 'PENDING' },
  running: { phase: 'running', state: 'RUNNING' },
  cancelled: { phase: 'gone', state: 'CANCELLED' },
  ended: { phase: 'gone', state: 'FAILED' },
  killed: { phase: 'gone', state: 'KILLED' },
  rebooted: { phase: 'gone', state: 'REBOOTED' },
  unknown: { phase: 'gone', state: null },
};

export function readLook(text: string): Map<string, JobSight> {
  const found = new Map<string, JobSight>();
  for (const line of text.split('\n')) {
    const [, id, word = '', number, node] = /^(\d+) (\w+) (\d+)(?: (\S+))?$/.exec(line) ?? [];
    const state = STATES[word];
    if (id === undefined || state === undefined) continue;
    const waits = word === 'waiting';
    found.set(id, {
      ...state,
      reason: waits ? 'its lanes are busy' : null,
      position: waits ? Number(number) : null,
      node: waits ? null : (node ?? null),
      exit: word === 'ended' ? { code: Number(number), signal: 0 } : null,
    });
  }
  return found;
}

/** One that waits is ended; one that runs is told to, and ended if it does not. */
export function cancelScript(jobsDir: string, id: string): string {
  return [
    `cd ${quoted(jobsDir)}/${quoted(id)} || exit 0`,
    'pid=$(cat pid 2>/dev/null) || exit 0',
    // another process may have its number by now
    'flock --shared --nonblock alive true && exit 0',
    ': >cancelled',
    'if [ ! -e lane ]; then kill -KILL -- "-$pid"; exit 0; fi',
    'kill -TERM "$pid"',
    `(sleep ${GRACE_SECONDS}; flock --shared --nonblock alive true || kill -KILL -- "-$pid") </dev/null >/dev/null 2>&1 9>&- &`,
    'exit 0',
  ].join('\n');
}
