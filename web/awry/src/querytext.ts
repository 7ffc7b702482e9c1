// Makes a query of Awry's language from the fields of Jaeger's search form, and reads and writes the form's links.

export interface Form {
  service: string; operation: string; tags: string; query: string; lookback: string; limit: string;
  minDuration: string; maxDuration: string; start: string; end: string; label: string;
}

export const emptyForm: Form = {
  service: '', operation: '', tags: '', query: '', lookback: '1h', limit: '20', minDuration: '', maxDuration: '', start: '', end: '', label: '',
};

export const quote = (text: string) =>
  `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n').replace(/\t/g, '\\t')}"`;

/** Reads `a=b c="d e"` as Jaeger's form does. */
export function readTags(text: string): [string, string][] {
  const tags: [string, string][] = [];
  for (const match of text.matchAll(/([^\s=]+)=("(?:[^"\\]|\\.)*"|\S*)/g)) {
    const value = match[2]!;
    tags.push([match[1]!, value.startsWith('"') && value.length > 1 ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value]);
  }
  return tags;
}

/** What of the tags' text is no `key=value`; null when all is. */
export function strayTag(text: string): string | null {
  const rest = text.replace(/([^\s=]+)=("(?:[^"\\]|\\.)*"|\S*)/g, ' ').trim();
  return rest === '' ? null : rest.split(/\s+/)[0]!;
}

// As Jaeger finds a tag: of any type, on the span, its process or its logs.
const tagCondition = ([name, value]: [string, string]) => `tag(${quote(name)}, ${quote(value)})`;

/** A duration as the language has it: "1.2s", "500us"; a bare number is milliseconds. */
const durationText = (text: string) => (/^\s*\d+(\.\d+)?\s*$/.test(text) ? `${text.trim()}ms` : text.trim());

const named = (value: string, old: string) => value !== '' && value !== old && !value.startsWith('__all_');

export function queryOf(form: Form): string {
  const conditions: string[] = [];
  if (named(form.service, '')) conditions.push(`resource.service.name = ${quote(form.service)}`);
  if (named(form.operation, 'all')) conditions.push(`name = ${quote(form.operation)}`);
  conditions.push(...readTags(form.tags).map(tagCondition));
  if (form.minDuration) conditions.push(`duration >= ${durationText(form.minDuration)}`);
  if (form.maxDuration) conditions.push(`duration <= ${durationText(form.maxDuration)}`);
  const parts: string[] = [];
  if (form.query.trim() !== '') parts.push(form.query.trim());
  if (conditions.length > 0) parts.push(`{ ${conditions.join(' && ')} }`);
  if (form.label === 'none') parts.push('!{ label = wrong || label = right }');
  else if (form.label) parts.push(`{ label = ${form.label} }`);
  if (parts.length === 0) return '{ }';
  // A query with stages stands last: what goes before the bar narrows it.
  return parts.length === 1 ? parts[0]! : and(parts[0]!, parts.slice(1).join(' && '));
}

/** `query` and `condition` (a spanset in braces) together; stages of the query stay at its end. */
export function and(query: string, condition: string): string {
  const own = query.trim();
  if (own === '' || own === '{ }' || own === '{}') return condition;
  const bar = stageBar(own);
  const head = own.slice(0, bar).trim(), stages = own.slice(bar);
  const braced = head.startsWith('{') || head.startsWith('!') || head.startsWith('(') ? head : `{ ${head} }`;
  const whole = /\|\||>>|<<|[^=!<>]>[^=>]|~/.test(head.replace(/"(?:[^"\\]|\\.)*"|\{[^{}]*\}/g, '{}')) ? `(${braced})` : braced;
  return `${whole} && ${condition}${stages ? ` ${stages}` : ''}`;
}

/** Where the first `|` outside braces and texts stands; the length when there is none. */
function stageBar(query: string): number {
  let depth = 0;
  for (let i = 0; i < query.length; i++) {
    const c = query[i]!;
    if (c === '"') { i++; while (i < query.length && query[i] !== '"') i += query[i] === '\\' ? 2 : 1; }
    else if (c === '`') { i++; while (i < query.length && query[i] !== '`') i++; }
    else if (c === '{' || c === '(') depth++;
    else if (c === '}' || c === ')') depth--;
    else if (c === '|' && query[i + 1] === '|') i++;
    else if (c === '|' && depth === 0) return i;
  }
  return query.length;
}

/** The index of a character that the server named by its byte column (from 1). */
export function indexOfColumn(text: string, column: number): number {
  let bytes = 1, index = 0;
  for (const character of text) {
    if (bytes >= column) break;
    bytes += new TextEncoder().encode(character).length;
    index += character.length;
  }
  return index;
}

/** The form of a deep link: ours (`query`) and Jaeger's (`tags` as a JSON object, `tag` as k:v). */
export function formOf(params: URLSearchParams): Form {
  const get = (name: string) => params.get(name) ?? '';
  const pair = (k: string, v: unknown) => ` ${k}=${/[\s"]/.test(String(v)) || v === '' ? quote(String(v)) : String(v)}`;
  let tags = '';
  for (const text of params.getAll('tags')) {
    try { tags += Object.entries(JSON.parse(text) as Record<string, unknown>).map(([k, v]) => pair(k, v)).join(''); } catch { tags += ` ${text}`; }
  }
  for (const text of params.getAll('tag')) {
    const at = text.indexOf(':');
    if (at > 0) tags += pair(text.slice(0, at), text.slice(at + 1));
  }
  const custom = get('lookback') === '' && get('start') !== '' ? 'custom' : '1h';
  return {
    service: named(get('service'), '') ? get('service') : '', operation: named(get('operation'), 'all') ? get('operation') : '', tags: tags.trim(),
    query: get('query'), lookback: get('lookback') || custom, limit: get('limit') || '20',
    minDuration: get('minDuration'), maxDuration: get('maxDuration'), start: get('start'), end: get('end'), label: get('label'),
  };
}

/** The link of a form; `more` are parameters of how the answer is shown. */
export function linkOf(form: Form, more: Record<string, string> = {}): string {
  const params = new URLSearchParams();
  for (const name of ['service', 'operation', 'query', 'lookback', 'limit', 'minDuration', 'maxDuration', 'label'] as const) {
    if (form[name]) params.set(name, form[name]);
  }
  const tags = readTags(form.tags);
  if (tags.length > 0) params.set('tags', JSON.stringify(Object.fromEntries(tags)));
  if (form.lookback === 'custom') for (const name of ['start', 'end'] as const) if (form[name]) params.set(name, form[name]);
  for (const [name, value] of Object.entries(more)) if (value) params.set(name, value);
  return `/search?${params}`;
}

const units: Record<string, number> = { s: 1e3, m: 60e3, h: 3600e3, d: 86400e3, w: 7 * 86400e3 };

/** "1h", "2d" in milliseconds; null when it is none. */
export function lookbackMs(text: string): number | null {
  const match = /^(\d+)([smhdw])$/.exec(text);
  return match ? Number(match[1]) * units[match[2]!]! : null;
}

/** The window that a form asks for, RFC 3339; start and end of a custom one are microseconds. */
export function windowOf(form: Form, now = Date.now()): { start?: string; end?: string } {
  // Microseconds stay: a window may be as short as one span.
  const iso = (us: string) => (/^\d{1,15}$|^[1-7]\d{15}$/.test(us) ? `${new Date(Math.floor(Number(us) / 1000)).toISOString().slice(0, -1)}${us.padStart(3, '0').slice(-3)}Z` : undefined);
  if (form.lookback === 'custom') {
    const start = iso(form.start), end = iso(form.end);
    return { ...(start ? { start } : {}), ...(end ? { end } : {}) };
  }
  const ms = lookbackMs(form.lookback);
  return ms === null ? {} : { start: new Date(now - ms).toISOString() };
}
