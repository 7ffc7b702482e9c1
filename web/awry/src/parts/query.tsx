// A query of Awry's language, coloured: strings, operators, braces.
import type { ComponentChildren } from 'preact';

const token = /("(?:[^"\\]|\\.)*"?|`[^`]*`?)|(&&|\|\||!=|=~|!~|<=|>=|!?(?:>>|<<|~)|[=<>]{1,2})|([{}()|])/g;

/** The text in coloured pieces, character for character. */
export function coloured(text: string): ComponentChildren[] {
  const parts: ComponentChildren[] = [];
  let at = 0;
  for (const match of text.matchAll(token)) {
    parts.push(text.slice(at, match.index));
    const kind = match[1] ? 's' : match[3] || match[2] === '&&' || match[2] === '||' ? 'k' : match[2] === '=' ? '' : 'o';
    parts.push(<span class={kind}>{match[0]}</span>);
    at = match.index + match[0].length;
  }
  parts.push(text.slice(at));
  return parts;
}

export function Query({ text }: { text: string }) {
  return <div class="code">{coloured(text)}</div>;
}

/** The same inside a line of text. */
export function Code({ text }: { text: string }) {
  return <code class="q">{coloured(text)}</code>;
}
