// Reads the pages themselves: no word stands in them, and no word in the tables stands for nothing.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import type * as Typescript from 'typescript';
import { en } from './strings/en';

const folder = ['dashboard/src', 'web/dashboard/src'].find((path) => existsSync(`${path}/strings/en.ts`))!;
const web = folder.slice(0, -'dashboard/src'.length) || './';
const sources = readdirSync(folder, { recursive: true })
  .filter((file) => /\.tsx?$/.test(file) && !/\.test\.ts$|\.d\.ts$/.test(file) && !file.startsWith('strings'))
  .map((file) => ({ file, text: readFileSync(`${folder}/${file}`, 'utf8') }));

test('every word in the tables is used by a page', () => {
  const code = sources.map(({ text }) => text).join('\n');
  const literals = new Set([...code.matchAll(/'([a-z_]+(?:\.\w+)*)'/g)].map((match) => match[1]!));
  const built = [...code.matchAll(/`([a-z_.]+\.)\$\{[^}]*\}(\.\w+)?`/g)].map((match) => ({ from: match[1]!, to: match[2] ?? '' }));
  const used = (key: string) => literals.has(key) || built.some(({ from, to }) => key.startsWith(from) && key.endsWith(to));
  const unused = Object.keys(en).filter((key) => !used(key) && !used(key.replace(/\.(one|other)$/, '')));
  assert.deepEqual(unused, []);
});

// What a person sees or hears of an element.
const SEEN = new Set(['aria-label', 'aria-description', 'title', 'placeholder', 'alt', 'label', 'text', 'note']);

// Words of two letters or more in the page itself, with their place.
function wordsIn(file: string, text: string, ts: typeof Typescript): string[] {
  const found: string[] = [];
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TSX);
  const report = (node: Typescript.Node, words: string) => {
    if (/\p{L}{2,}/u.test(words.replace(/&\w+;/g, ''))) {
      found.push(`${file}:${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${words.trim()}`);
    }
  };
  const visit = (node: Typescript.Node, parent?: Typescript.Node): void => {
    if (ts.isJsxText(node)) report(node, node.text);
    else if (ts.isJsxAttribute(node) && SEEN.has(node.name.getText()) && node.initializer && ts.isStringLiteral(node.initializer)) {
      report(node, node.initializer.text);
    } else if (ts.isStringLiteralLike(node) && parent && ts.isJsxExpression(parent) && parent.parent
      && (ts.isJsxElement(parent.parent) || ts.isJsxFragment(parent.parent))) report(node, node.text);
    ts.forEachChild(node, (child) => visit(child, node));
  };
  visit(tree);
  return found;
}

// A key's name stands on the key itself, and a product's is the same, in every language.
const KEYS = /^(Esc|ntfy|Gotify)$/;

test('no page has words of its own: all come from the tables', () => {
  const ts = createRequire(new URL(`file://${process.cwd()}/${web}`).href)('typescript') as typeof Typescript;
  const found = sources.filter(({ file }) => file.endsWith('.tsx')).flatMap(({ file, text }) => wordsIn(file, text, ts));
  assert.deepEqual(found.filter((entry) => !KEYS.test(entry.split(' ').slice(1).join(' '))), []);
});

test('the search for words finds what it is for', () => {
  const ts = createRequire(new URL(`file://${process.cwd()}/${web}`).href)('typescript') as typeof Typescript;
  const page = '<p title="Hello there">Some words {t("key")} {"more"}<b class="plain">·</b></p>';
  assert.deepEqual(wordsIn('x.tsx', `export const x = ${page};`, ts).map((entry) => entry.replace(/^\S+ /, '')),
    ['Hello there', 'Some words', 'more']);
});
