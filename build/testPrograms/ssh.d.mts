export function noSsh(): string | null;
export function ensureSsh(say: (line: string) => void): { ready: true } | { reason: string };
export const SSHD: string;
