/** The texts in a script: what a user may read. */
import ts from 'typescript';

/** String and template literals, without imports and names of properties; a template's holes are "…". */
export function textsOfScript(code: string): string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isLiteralTypeNode(node)) return;
    if (ts.isStringLiteralLike(node) && !ts.isElementAccessExpression(node.parent)) texts.push(node.text);
    if (ts.isTemplateExpression(node)) {
      texts.push([node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…'));
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('text.ts', code, ts.ScriptTarget.Latest, true));
  return texts;
}
