// The fraud inbox's routes, and how many cases wait, which the navigation shows on every page.
import { useEffect, useState } from 'preact/hooks';
import { get, post, type Transaction } from './api';
import { useApp } from './app';
import type { Minor } from './money';
import { usePlace } from './route';

export interface FraudReason {
  code: string;
  message: string; // English; stands in for words that this page does not know
  weight: number;
  says: string;
  numbers: Record<string, number>;
}

export interface Charge {
  id: string;
  merchant: string; // as the detector compares it: folded, without numbers
  terminal: string;
  currency: string;
  amount_minor: Minor;
  at_ns: bigint;
  day_only: boolean;
}

export type Verdict = 'fraud' | 'right' | 'open';

export interface FraudCase extends Charge {
  state: Verdict;
  score: number;
  reasons: FraudReason[];
  related: Charge[];
  transaction: Transaction | null; // null: the row has gone
}

export interface CasePage {
  cases: FraudCase[];
  open: number;
  next_cursor?: string;
}

export const fraudCases = (state: 'open' | 'decided', cursor?: string, signal?: AbortSignal) =>
  get<CasePage>('/api/fraud/cases', { state, cursor }, signal);
export const decideCase = (id: string, verdict: Verdict) =>
  post<FraudCase>(`/api/fraud/cases/${encodeURIComponent(id)}`, { verdict });

export interface FraudModel {
  version: string;
  trained_until_ns: bigint;
  frauds: number;
  candidate_precision: number;
  current_precision: number;
}
export const fraudModels = (signal?: AbortSignal) =>
  get<{ current: string; threshold: number; models: FraudModel[] }>('/api/fraud/models', {}, signal);

let open = 0;
const watchers = new Set<(open: number) => void>();

export function tellOpenCases(count: number): void {
  open = count;
  for (const watcher of watchers) watcher(count);
}

// The number of cases that wait, asked again on each page that is opened. 0 while it is not known.
export function useOpenCases(): number {
  const { acting } = useApp();
  const { path } = usePlace();
  const [count, setCount] = useState(open);
  useEffect(() => {
    watchers.add(setCount);
    return () => { watchers.delete(setCount); };
  }, []);
  useEffect(() => {
    const controller = new AbortController();
    if (acting.accounts) tellOpenCases(0); // shares of single accounts do not show it
    else get<CasePage>('/api/fraud/cases', { limit: 1 }, controller.signal).then((page) => tellOpenCases(page.open), () => {});
    return () => controller.abort();
  }, [acting.id, path]);
  return count;
}
