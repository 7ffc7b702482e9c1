// Makes a query of Awry's language from the fields of Jaeger's search form.

export interface Form {
  service: string; operation: string; tags: string; query: string; lookback: string; limit: string;
  minDuration: string; maxDuration: string;
}

const quote = (text: string) => `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`;

/** A value as its type: numbers and booleans bare, all else quoted. */
const literal = (text: string) => (/^-?\d+(\.\d+)?$/.test(text) || text === 'true' || text === 'false' ? text : quote(text));

const key = (name: string) => (/^[A-Za-z_][\w.-]*$/.test(name) ? `.${name}` : `.${quote(name)}`);

/** Reads `a=b c="d e"` as Jaeger's form does. */
export function readTags(text: string): [string, string][] {
  const tags: [string, string][] = [];
  for (const match of text.matchAll(/([^\s=]+)=("(?:[^"\\]|\\.)*"|\S*)/g)) {
    const value = match[2]!;
    tags.push([match[1]!, value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value]);
  }
  return tags;
}

function tagCondition([name, value]: [string, string]): string {
  if (name === 'error' && value === 'true') return 'status = error';
  if (name === 'error' && value === 'false') return 'status != error';
  if (name === 'span.kind') return `kind = ${value}`;
  return `${key(name)} = ${literal(value)}`;
}

export function queryOf(form: Form): string {
  const conditions: string[] = [];
  if (form.service && !form.service.startsWith('__')) conditions.push(`resource.service.name = ${quote(form.service)}`);
  if (form.operation && form.operation !== 'all' && !form.operation.startsWith('__')) conditions.push(`name = ${quote(form.operation)}`);
  conditions.push(...readTags(form.tags).map(tagCondition));
  if (form.minDuration) conditions.push(`duration >= ${form.minDuration}`);
  if (form.maxDuration) conditions.push(`duration <= ${form.maxDuration}`);
  const fields = conditions.length > 0 ? `{ ${conditions.join(' && ')} }` : '';
  const own = form.query.trim();
  if (own !== '' && fields !== '') return `${own} && ${fields}`;
  return own || fields || '{ }';
}

/** The form of a deep link: ours (`query`) and Jaeger's (`tags` as a JSON object). */
export function formOf(params: URLSearchParams): Form {
  const get = (name: string) => params.get(name) ?? '';
  let tags = '';
  for (const text of params.getAll('tags')) {
    try {
      tags += Object.entries(JSON.parse(text) as Record<string, string>)
        .map(([k, v]) => ` ${k}=${/\s/.test(v) ? quote(v) : v}`).join('');
    } catch { tags += ` ${text}`; }
  }
  return {
    service: get('service'), operation: get('operation'), tags: tags.trim(), query: get('query'),
    lookback: get('lookback') || '1h', limit: get('limit') || '20',
    minDuration: get('minDuration'), maxDuration: get('maxDuration'),
  };
}

export function linkOf(form: Form, custom?: { start: string; end: string }): string {
  const params = new URLSearchParams();
  for (const name of ['service', 'operation', 'query', 'lookback', 'limit', 'minDuration', 'maxDuration'] as const) {
    if (form[name]) params.set(name, form[name]);
  }
  const tags = readTags(form.tags);
  if (tags.length > 0) params.set('tags', JSON.stringify(Object.fromEntries(tags)));
  if (custom) { params.set('start', custom.start); params.set('end', custom.end); }
  return `/search?${params}`;
}

const units: Record<string, number> = { s: 1e3, m: 60e3, h: 3600e3, d: 86400e3, w: 7 * 86400e3 };

/** "1h", "2d" in milliseconds; null when it is none. */
export function lookbackMs(text: string): number | null {
  const match = /^(\d+)([smhdw])$/.exec(text);
  return match ? Number(match[1]) * units[match[2]!]! : null;
}
