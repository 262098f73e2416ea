/**
 * The user guide's Markdown as HTML: for the window (`markdownPages.ts`) and for reading without it
 * (`buildGuide.ts`).
 */
import MarkdownIt from 'markdown-it';

/** Chapters in reading order; `README.md` is the contents. */
export const CHAPTERS = [
  'README',
  'first-hour',
  'networks',
  'results',
  'voting',
  'weights',
  'protocols',
  'reports',
  'several-gpus',
  'slurm',
  'ssh',
  'travel',
  'large-data',
  'troubleshooting',
] as const;

/**
 * HTML of a chapter.
 * @param addressOf where a chapter is read. A link to another document of the repository becomes its name: nothing but
 *   the guide is at hand where this is read.
 */
export function guideHtml(markdown: string, addressOf: (chapter: string) => string): string {
  const text = new MarkdownIt({ html: false, typographer: false });
  const { rules } = text.renderer;
  // ends of links whose beginning was not written as one
  const plain: string[] = [];
  rules.link_open = (tokens, i, options, _env, self) => {
    const token = tokens[i]!;
    const target = String(token.attrGet('href') ?? '');
    const [, chapter] = /^([\w-]+)\.md$/.exec(target) ?? [];
    if (chapter !== undefined) token.attrSet('href', addressOf(chapter));
    else if (/^https:/.test(target)) {
      token.attrSet('target', '_blank');
      token.attrSet('rel', 'noopener noreferrer');
    } else {
      plain.push(` (<code>${text.utils.escapeHtml(target.replace(/^(\.\.\/)+/, 'docs/'))}</code>)`);
      return '';
    }
    plain.push('');
    return self.renderToken(tokens, i, options);
  };
  rules.link_close = (tokens, i, options, _env, self) => plain.pop() || self.renderToken(tokens, i, options);
  // a wide table is scrolled by itself, with the keyboard too
  rules.table_open = () => '<div class="wide" tabindex="0" role="group" aria-label="Table"><table>';
  rules.table_close = () => '</table></div>';
  return text.render(markdown);
}

/** Its first heading. */
export function guideTitle(markdown: string): string {
  return /^# (.+)$/m.exec(markdown)?.[1] ?? '';
}
