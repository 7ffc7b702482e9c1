// The find box, by Jaeger's rules: words are OR-ed, quotes group, `-key` leaves out the values of keys with that text;
// looked at are name, service, attributes, events and resource (key, value or key=value), and the span's id as a whole.
import type { JaegerTag, JaegerTrace } from '../api';
import type { Node, Tree } from '../tree';

export interface Wanted { words: string[]; withoutKeys: string[] }

export function readFind(text: string): Wanted {
  const wanted: Wanted = { words: [], withoutKeys: [] };
  for (const match of text.matchAll(/"([^"]*)"|[^\s"]+/g)) {
    const word = (match[1] ?? match[0]).toLowerCase();
    if (word === '') continue;
    if (word.startsWith('-')) { if (word.length > 1) wanted.withoutKeys.push(word.slice(1)); }
    else wanted.words.push(word);
  }
  return wanted;
}

const contains = (words: string[], text: string) => {
  const low = text.toLowerCase();
  return words.some((w) => low.includes(w));
};

const inTags = (tags: JaegerTag[], { words, withoutKeys }: Wanted) =>
  tags.some((t) => !contains(withoutKeys, t.key) && contains(words, `${t.key}=${String(t.value)}`));

/** The spans that fit, null when nothing is asked. */
export function findSpans(tree: Tree, trace: JaegerTrace, text: string): Set<Node> | null {
  const wanted = readFind(text);
  if (wanted.words.length === 0) return null;
  const resources = new Map(Object.entries(trace.processes).map(([id, p]) =>
    [id, contains(wanted.words, p.serviceName) || inTags(p.tags ?? [], wanted)]));
  return new Set(tree.order.filter(({ span }) => resources.get(span.processID) || contains(wanted.words, span.operationName) ||
    inTags(span.tags, wanted) || span.logs.some((log) => inTags(log.fields, wanted)) || wanted.words.includes(span.spanID)));
}

/** The span that a link names: by its id, with or without leading zeros. */
export function linkedSpan(tree: Tree, text: string): Node | undefined {
  const id = text.trim().toLowerCase();
  return /^[0-9a-f]{1,16}$/.test(id) ? tree.byKey.get(id.padStart(16, '0')) : undefined;
}
