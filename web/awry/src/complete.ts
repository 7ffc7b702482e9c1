// What can stand at the cursor of a query: the context is found here, names and values come from the server.

export type Context =
  | { kind: 'key'; from: number; to: number; scope: string; prefix: string }
  | { kind: 'value'; from: number; to: number; prefix: string; field: string; quoted: boolean }
  | { kind: 'operator' | 'stage'; from: number; to: number; prefix: string }
  | { kind: 'none' };

interface Token { kind: 'word' | 'text' | 'operator' | 'mark'; text: string; from: number; to: number; open?: boolean }

const COMPARISONS = ['=', '!=', '=~', '!~', '<', '<=', '>', '>='];

function tokens(text: string): Token[] {
  const list: Token[] = [];
  const pattern = /\s+|"(?:[^"\\]|\\[^])*("?)|`[^`]*(`?)|(&&|\|\||!=|=~|!~|<=|>=|>>|<<|[=<>!~|])|([{}(),])|((?:[^\s{}()=~!<>&|^,"`]|(?<=\.)"(?:[^"\\]|\\.)*")+)|[^]/g;
  for (const m of text.matchAll(pattern)) {
    const from = m.index, to = from + m[0].length;
    if (/^\s/.test(m[0])) continue;
    if (m[0][0] === '"' || m[0][0] === '`') list.push({ kind: 'text', text: m[0], from, to, open: (m[1] ?? m[2]) === '' || m[0].length === 1 });
    else if (m[3]) list.push({ kind: 'operator', text: m[0], from, to });
    else if (m[4]) list.push({ kind: 'mark', text: m[0], from, to });
    else list.push({ kind: 'word', text: m[0], from, to });
  }
  return list;
}

export function contextAt(text: string, at: number): Context {
  const before = tokens(text.slice(0, at));
  const last = before[before.length - 1];
  const touches = last !== undefined && last.to === at;
  // The whole of the text or word that the cursor is in is replaced.
  const end = (pattern: RegExp) => at + (pattern.exec(text.slice(at))?.[0].length ?? 0);
  if (last?.kind === 'text' && (last.open || touches)) {
    if (!last.open) return { kind: 'none' };
    const field = fieldBefore(before, before.length - 1);
    if (field === null) return { kind: 'none' };
    return { kind: 'value', from: last.from, to: end(/^[^"`{}]*["`]?/), prefix: last.text.slice(1), field, quoted: true };
  }
  const word = touches && last.kind === 'word' ? last : undefined;
  const prefix = word?.text ?? '';
  const from = word?.from ?? at;
  const to = end(/^[^\s{}()=~!<>&|^,"`]*/);
  const index = word ? before.length - 2 : before.length - 1;
  const previous = before[index];
  if (previous?.kind === 'operator' && COMPARISONS.includes(previous.text)) {
    const field = fieldBefore(before, index + 1);
    return field === null ? { kind: 'none' } : { kind: 'value', from, to, prefix, field, quoted: false };
  }
  if (previous?.kind === 'operator' && previous.text === '|') return { kind: 'stage', from, to, prefix };
  if (previous?.kind === 'word' && !word) return { kind: 'operator', from: at, to: at, prefix: '' };
  const opens = previous === undefined || previous.kind === 'operator' || (previous.kind === 'mark' && '{(,'.includes(previous.text));
  if (!opens) return { kind: 'none' };
  const scope = /^(span|resource|event|link|instrumentation|trace|parent)?\./.exec(prefix);
  return { kind: 'key', from, to, scope: scope ? scope[1] ?? '.' : '', prefix: scope ? prefix.slice(scope[0].length).replace(/^"/, '') : prefix };
}

function fieldBefore(list: Token[], index: number): string | null {
  const operator = list[index - 1], field = list[index - 2];
  return operator?.kind === 'operator' && COMPARISONS.includes(operator.text) && field?.kind === 'word' ? field.text : null;
}

/** A field as the API of completion names it. */
export function readField(field: string): { scope?: string; key: string } {
  const match = /^(span|resource|event|link|instrumentation|trace|parent)?\.(.*)$/.exec(field);
  if (!match) return { key: field };
  const key = match[2]!.startsWith('"') ? match[2]!.slice(1, -1).replace(/\\(.)/g, '$1') : match[2]!;
  const scope = match[1];
  return scope && scope !== 'trace' && scope !== 'parent' ? { scope, key } : { key };
}

/** A key of a scope as it stands in a query. */
export const fieldText = (scope: string, key: string) =>
  `${scope}.${/[\s{}()=~!<>&|^,"`]/.test(key) || key === '' ? `"${key.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"` : key}`;

export const INTRINSICS: [string, string][] = [
  ['name', 'name of the span'], ['status', 'error, ok, unset'], ['kind', 'server, client, …'], ['duration', 'of the span'],
  ['label', 'wrong, right'], ['resource.service.name', 'service'], ['trace:rootName', 'name of the first span'],
  ['trace:rootService', 'service of the first span'], ['trace:duration', 'of the whole trace'], ['trace:id', 'id of the trace'],
  ['span:id', 'id of the span'], ['span:parentID', 'id of the parent'], ['statusMessage', 'text of the status'], ['childCount', 'number of children'],
  ['event:name', 'name of an event'], ['instrumentation:name', 'instrumenting library'], ['contains(', 'part of a text'],
  ['starts_with(', 'begin of a text'], ['tag(', 'as Jaeger finds a tag'],
];

export const OPERATORS: [string, string][] = [
  ['=', 'is'], ['!=', 'is not'], ['=~', 'fits the pattern'], ['!~', 'does not fit'], ['>', 'above'], ['>=', 'at least'], ['<', 'below'], ['<=', 'at most'],
];

export const STAGES: [string, string][] = [
  ['count()', 'number of spans'], ['avg(duration)', 'average'], ['max(duration)', 'largest'], ['min(duration)', 'smallest'], ['sum(duration)', 'sum'],
  ['by(name)', 'one group per value'], ['select(', 'show values'],
];

const FIXED: Record<string, string[]> = {
  status: ['error', 'ok', 'unset'], label: ['wrong', 'right'], kind: ['server', 'client', 'internal', 'producer', 'consumer', 'unspecified'],
};

/** The values of a field that has only some; null when the server must be asked. */
export const fixedValues = (field: string): string[] | null => FIXED[field] ?? null;
