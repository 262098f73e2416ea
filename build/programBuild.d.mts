/** Types of `programBuild.mjs`, which is JavaScript because it runs before Node 24 is there. */
export function programFolder(projectRoot: string): string;
export function buildProgram(folder: string, projectRoot: string, node: string): boolean;
export function ensureProgram(projectRoot: string, node: string, built?: (seconds: number) => void): string;
