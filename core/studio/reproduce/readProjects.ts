/** Reproduction projects on disk: those shipped in `resources/reproduction`, and the user's own in the data folder. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { makeFolderSync } from '../../files/makeFolder.ts';
import { writeDurableJsonSync } from '../../files/durableFile.ts';
import { StudioError } from '../../../contract/errors.ts';
import { ReproductionProject } from '../../../contract/results/reproduction.ts';

export interface ProjectFile {
  readonly project: ReproductionProject;
  /** Whether it came with Quorum. */
  readonly shipped: boolean;
}

/** Shipped ones first, each by name; a user's file that cannot be read is in `damaged` with the reason. */
export function readProjects(
  shippedFolder: string,
  ownFolder: string,
): { projects: ProjectFile[]; damaged: { file: string; problem: string }[] } {
  const projects: ProjectFile[] = jsonFiles(shippedFolder).map((file) => ({
    project: parseProject(file),
    shipped: true,
  }));
  const damaged: { file: string; problem: string }[] = [];
  for (const file of jsonFiles(ownFolder)) {
    try {
      const project = parseProject(file);
      if (projects.some((other) => other.project.id === project.id))
        throw new Error(`another project has the id ${project.id}`);
      projects.push({ project, shipped: false });
    } catch (error) {
      damaged.push({ file: basename(file), problem: error instanceof Error ? error.message : String(error) });
    }
  }
  return { projects, damaged };
}

/**
 * Copies a project file into the folder of the user's own.
 * @throws {StudioError} input.invalid: it is no project, or another one has its id
 */
export function addProject(file: string, shippedFolder: string, ownFolder: string): ProjectFile {
  const project = parseProject(file);
  const { projects } = readProjects(shippedFolder, ownFolder);
  if (projects.some((other) => other.project.id === project.id))
    throw new StudioError('input.invalid', `There is a project with the id "${project.id}" already.`, {
      remedy: 'Choose another id for the new one.',
    });
  makeFolderSync(ownFolder);
  writeDurableJsonSync(join(ownFolder, `${project.id}.json`), project);
  return { project, shipped: false };
}

/**
 * A project file, checked.
 * @throws {StudioError} input.invalid: it is no project, or names a row or column that it does not have
 */
export function parseProject(file: string): ReproductionProject {
  const refuse = (why: string): StudioError =>
    new StudioError('input.invalid', `${basename(file)} is not a reproduction project: ${why}.`, {
      remedy: 'docs/reproduction.md describes the format; quorum reproduce new writes an example.',
    });
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw refuse('it is not JSON');
  }
  const parsed = ReproductionProject.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(`${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'not valid'}`);
  }
  const rows = new Set(parsed.data.rows.map(({ id }) => id));
  const columns = new Set(parsed.data.columns.map(({ id }) => id));
  for (const [row, cells] of Object.entries(parsed.data.published)) {
    if (!rows.has(row)) throw refuse(`it publishes values of a row "${row}" that it does not have`);
    const stray = Object.keys(cells).find((column) => !columns.has(column));
    if (stray !== undefined) throw refuse(`it publishes values of a column "${stray}" that it does not have`);
  }
  return parsed.data;
}

function jsonFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(folder, name));
}
