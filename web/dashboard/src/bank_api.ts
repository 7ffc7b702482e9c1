// Connections to banks: made once by a token, then asked by the service each day.
import { type Account, ask, get, post } from './api';

const path = (...parts: string[]) => `/api/${parts.map(encodeURIComponent).join('/')}`;

export interface BankAccount {
  id: string;
  name: string;
  org: string;
  currency: string;
  balance: string; // decimal text, as the bank gave it
  balance_date_s: number;
  account: string | null; // of the tracker; null: its rows are left out
}

export interface BankConnection {
  id: string;
  host: string;
  state: 'active' | 'needs_attention' | 'revoked';
  created_ns: bigint;
  last_sync_ns: bigint; // 0: never
  next_sync_ns: bigint;
  rows_new: number;
  problem: string; // code of what the last attempt ended with; '' when it went well
  messages: string[];
  accounts: BankAccount[];
}

export const bankConnections = (signal?: AbortSignal) =>
  get<{ connections: BankConnection[] }>('/api/connections', {}, signal).then((answer) => answer.connections);
export const connectBank = (token: string) => post<BankConnection>('/api/connections', { setup_token: token });
export const askBankNow = (id: string) => post<BankConnection>(path('connections', id, 'sync'));
export const linkBankAccount = (id: string, bankAccount: string, account: string | null) =>
  ask<BankConnection>('PUT', path('connections', id, 'accounts'), { body: { id: bankAccount, account } });
export const removeBank = (id: string) => ask<unknown>('DELETE', path('connections', id));
export const ownAccounts = (signal?: AbortSignal) =>
  get<{ accounts: Account[] }>('/api/accounts', {}, signal).then((answer) => answer.accounts);
