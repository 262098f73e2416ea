export function noSlurm(): string | null;
export function ensureSlurm(say: (line: string) => void): { ready: true } | { reason: string };
