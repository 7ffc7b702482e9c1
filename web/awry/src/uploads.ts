// Traces that a person opened from a file: kept in this tab only, shown by the same pages, never stored by the server.
import type { JaegerTrace } from './api';

const traces = new Map<string, JaegerTrace>();
const plain = (id: string) => id.toLowerCase().replace(/^0+(?=.)/, '');

export const uploaded = (id: string): JaegerTrace | undefined => traces.get(plain(id));
export const allUploaded = (): JaegerTrace[] => [...traces.values()];

export function addUploaded(list: JaegerTrace[]): void {
  for (const trace of list) traces.set(plain(trace.traceID), trace);
}

export function clearUploaded(): void { traces.clear(); }
