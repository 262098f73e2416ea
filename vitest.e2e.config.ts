import { defineConfig } from 'vitest/config';
import { browserProject, sequence } from './build/suite/projects.ts';

/** The studio in a real browser: `vitest run --config vitest.e2e.config.ts`. */
export default defineConfig({ test: { sequence, projects: [browserProject(3)] } });
