import { defineConfig } from 'vitest/config';
import { sequence, unitProjects, WORKERS } from './build/suite/projects.ts';

/** All tests but the browser's: `vitest run`. */
export default defineConfig({ test: { sequence, projects: unitProjects(WORKERS) } });
