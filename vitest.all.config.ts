import { defineConfig } from 'vitest/config';
import { browserProject, sequence, unitProjects, WORKERS } from './build/suite/projects.ts';

/** One more: browser tests wait for much of their time, for the host and for what trains. */
const workers = WORKERS + 1;

/** Everything, as `npm test` runs it where there is a browser. */
export default defineConfig({ test: { sequence, projects: [...unitProjects(workers), browserProject(workers)] } });
