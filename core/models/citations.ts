/** What to cite: BibTeX of the papers of networks and data sets. */
import { arXiv, PAPERS } from './papers.ts';

/** BibTeX of a paper by its address; null for what is no paper that we know. */
export function bibtexOf(address: string): string | null {
  const paper = PAPERS.get(address);
  if (!paper) return null;
  return entry('article', paper.key, [
    ['author', paper.authors],
    ['title', `{${protect(paper.title)}}`],
    ['journal', paper.venue ?? `arXiv preprint arXiv:${address.slice(arXiv('').length)}`],
    ['year', String(paper.year)],
    ['url', address],
  ]);
}

/** BibTeX of something that has an address and no paper. @param key letters, digits and hyphens are kept of it */
export function bibtexOfPage(key: string, title: string, address: string): string {
  const plain = key.replace(/[^A-Za-z0-9-]/g, '').slice(0, 60) || 'source';
  return entry('misc', plain, [
    ['title', `{${protect(title)}}`],
    ['howpublished', `\\url{${address}}`],
  ]);
}

function entry(kind: string, key: string, fields: readonly (readonly [string, string])[]): string {
  return `@${kind}{${key},\n${fields.map(([name, value]) => `  ${name} = {${value}}`).join(',\n')}\n}`;
}

/** Characters that mean something to TeX. */
function protect(text: string): string {
  return text
    .replace(/[\\{}]/g, '')
    .replace(/[&%$#_]/g, String.raw`\$&`)
    .replaceAll('<', '$<$')
    .replaceAll('>', '$>$');
}
