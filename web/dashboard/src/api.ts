// Talks to the dashboard's own server. Amounts arrive as integers and become bigints from their
// digits, so that none is ever rounded.
import type { Day, Month } from './dates';
import type { Minor } from './money';
import { said } from './said';

export class ApiError extends Error {
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }
}

export interface Config {
  awry_url: string;
  has_owner: boolean;
  has_sample: boolean;
  setup_code_needed?: boolean;
  password_bytes_min: number;
  import_bytes_max: number;
}

export interface ActingRight {
  id: string;
  name?: string;
  may_edit: boolean;
  sample: boolean;
  accounts?: { id: string; may_edit: boolean }[] | null; // single accounts were shared, not the whole book
}

/** Whether rows of this account may be changed. */
export const mayEditAccount = (right: Pick<ActingRight, 'may_edit' | 'accounts'>, account: string | undefined) =>
  right.accounts ? right.accounts.some((one) => one.id === account && one.may_edit) : right.may_edit;

export interface Me {
  name: string;
  role?: 'owner' | 'member';
  user_id: string;
  csrf: string;
  users: ActingRight[];
}

export interface Alternative {
  category: string;
  confidence: number;
}

export interface Transaction {
  id: string;
  date: Day;
  amount_minor: Minor;
  currency: string;
  original_minor?: Minor; // what was paid where that was another currency
  original_currency?: string;
  merchant: string; // readable
  description: string; // as the bank wrote it
  account?: string;
  category?: string | null;
  category_source?: string;
  confidence?: number | null;
  predicted_category?: string; // what the model said; stays when a person decides otherwise
  model_version?: string;
  alternatives?: Alternative[];
  status: string;
  processing: string;
  trace_id?: string;
  import_id?: string;
  note?: string;
  tags?: string[];
  reconciled?: boolean;
  transfer?: { id: string; state: string; how: string; other_id: string };
  splits?: { id?: string; amount_minor: Minor; category: string; note?: string }[];
  rule_id?: string;
}

export interface Account {
  id: string;
  name: string;
  currency: string;
  kind?: string;
  opening_minor?: Minor;
  closed?: boolean;
}

export interface Reason {
  feature: string;
  weight: number;
}

export interface Why {
  category: string;
  model_version: string;
  reasons: Reason[];
  inputs: Record<string, string | number | bigint | boolean>;
}

// What went in and out of one category in one currency during a month.
export interface CategorySum {
  category: string;
  currency: string;
  out_minor: Minor;
  in_minor: Minor;
  count: number;
}

export interface Alert {
  id: string;
  kind: string;
  budget_id?: string;
  threshold?: number;
  period: string;
  message: string;
  transactions: string[];
  trace_id?: string;
  state: string;
  severity?: 'info' | 'warning' | 'high';
  subject?: string;
  detail?: Record<string, unknown>;
  snoozed_until?: Day;
}

export interface PreviewRow {
  line: number;
  number?: number; // from 1, of a row that was read
  outcome: string;
  reason?: string;
  suggested_id?: string; // the pending row that a new one may book
  text?: string; // of a row that cannot be read, as it stands in the file
  date?: Day;
  amount_minor?: Minor;
  currency?: string;
  description?: string;
  remark?: string; // what of the file's row is not taken over as it stands
  category?: string; // that the file names
  parts?: number; // that the file divides it into
  original_minor?: Minor;
  original_currency?: string;
}

export interface FileAccount {
  name: string; // as the file calls it
  account: string; // id, or '' for one that the import makes
  account_name: string;
  rows: number;
}

export interface Preview {
  import_id: string;
  format: string;
  account?: string;
  currency?: string;
  date_order?: string; // "DMY", "MDY", "YMD": how the dates were read
  flip?: boolean; // signs were turned: the file prints spending as positive
  ambiguous?: { date_order?: string[]; months?: string[]; decimal?: string[]; flip?: string[] }; // more than one reading fits every row
  encoding?: string;
  delimiter?: string;
  file_accounts?: FileAccount[]; // when the file has rows of several
  reading?: { // of a CSV file
    profile: string;
    saved: boolean; // read as the last file of this form
    account_before: string; // into which that one went
    complete: boolean; // whether date and amount were found
    columns: string;
    decimal: string;
    flip?: boolean; // signs were turned: the file prints spending as positive
    header: string[];
    sample: string[][];
  };
  rows: PreviewRow[];
  counts: Record<string, number>;
}

export interface ImportState {
  import_id: string;
  state: string;
  done: number;
  total: number;
  trace_id?: string;
}

export interface StartedImport {
  import_id: string;
  file_name: string;
  format: string;
  created_ns: bigint;
}

// The session's token against forged requests, and for whom we act; set by app.tsx.
export const session = { csrf: '', user: '', onSignedOut: () => {} };

type Query = Record<string, string | number | undefined>;

function reviveExact(key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || !/_(minor|ns)$/.test(key)) return value;
  if (context?.source !== undefined && /^-?\d+$/.test(context.source)) return BigInt(context.source);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${key} is beyond what this browser reads exactly`);
  return BigInt(value);
}

export function parseExact(text: string): unknown {
  return JSON.parse(text, reviveExact as (key: string, value: unknown) => unknown);
}

export function stringifyExact(value: unknown): string {
  const digits: string[] = [];
  const text = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'bigint' ? `\u0000${digits.push(part.toString()) - 1}\u0000` : part);
  return text.replace(/"\\u0000(\d+)\\u0000"/g, (_whole, index: string) => digits[Number(index)]!);
}

export interface Options {
  query?: Query;
  body?: unknown;
  file?: Blob;
  signal?: AbortSignal;
}

export async function ask<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ user: session.user || undefined, ...options.query })) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET') headers['X-CSRF-Token'] = session.csrf;
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(path + (query.size > 0 ? `?${query}` : ''), {
      method,
      headers,
      body: options.file ?? (options.body === undefined ? null : stringifyExact(options.body)),
      signal: options.signal ?? null,
      credentials: 'same-origin',
    });
  } catch (failure) {
    if (options.signal?.aborted) throw failure;
    throw new ApiError(0, 'UNAVAILABLE', '');
  }
  return await read<T>(response, path);
}

async function read<T>(response: Response, path: string): Promise<T> {
  const text = await response.text();
  if (response.ok) return parseExact(text || '{}') as T;
  let error: { code?: string; message?: string } = {};
  try {
    error = (JSON.parse(text) as { error?: typeof error }).error ?? {};
  } catch {
    // Not ours; the status alone has to do.
  }
  if (response.status === 401 && path !== '/api/session' && path !== '/api/me') session.onSignedOut();
  throw new ApiError(response.status, error.code ?? 'UNKNOWN', said(error.message ?? ''));
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal) =>
  ask<T>('GET', path, { ...(query && { query }), ...(signal && { signal }) });
export const post = <T>(path: string, body: unknown = {}) => ask<T>('POST', path, { body });

export interface TransactionFilter {
  from?: Day;
  to?: Day;
  category?: string;
  account?: string;
  tag?: string;
  amount_min?: string; // signed minor units, as digits
  amount_max?: string;
  status?: string;
  transfer?: string;
  review?: 1; // the model is unsure
  q?: string;
  import_id?: string;
  cursor?: string;
  limit?: number;
}

export interface TransactionPage {
  transactions: Transaction[];
  next_cursor?: string;
}

export const transactions = (filter: TransactionFilter, signal?: AbortSignal) =>
  get<TransactionPage>('/api/transactions', { ...filter }, signal);

export const transaction = (id: string, signal?: AbortSignal) =>
  get<Transaction>(`/api/transactions/${encodeURIComponent(id)}`, {}, signal);

export const setCategory = (id: string, category: string) =>
  ask<Partial<Transaction>>('PATCH', `/api/transactions/${encodeURIComponent(id)}`, { body: { category } });

export const why = (id: string, signal?: AbortSignal) =>
  get<Why>(`/api/transactions/${encodeURIComponent(id)}/why`, {}, signal);

// The sums of every month that has rows.
export type MonthSums = ReadonlyMap<Month, CategorySum[]>;

export async function statistics(signal?: AbortSignal): Promise<MonthSums> {
  const { months } = await get<{ months: { month: Month; categories: CategorySum[] }[] }>('/api/statistics', {}, signal);
  return new Map(months.map((one) => [one.month, one.categories]));
}
