// A query of Awry's language, coloured: strings, operators, braces.
const token = /("(?:[^"\\]|\\.)*")|(&&|\|\||!=|=~|!~|<=|>=|[=<>]{1,2})|([{}()|])/g;

export function Query({ text }: { text: string }) {
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(token)) {
    parts.push(text.slice(at, match.index));
    const kind = match[1] ? 's' : match[3] || match[2] === '&&' || match[2] === '||' ? 'k' : match[2] === '=' ? '' : 'o';
    parts.push(<span class={kind}>{match[0]}</span>);
    at = match.index + match[0].length;
  }
  parts.push(text.slice(at));
  return <div class="code">{parts}</div>;
}
