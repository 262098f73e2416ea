/** Types of `rendererBuild.mjs`, which is JavaScript because it runs before Node 24 is there. */
export function rendererIsStale(projectRoot: string): boolean;
export function pageHash(projectRoot: string): string;
export function buildRenderer(projectRoot: string, node: string): void;
