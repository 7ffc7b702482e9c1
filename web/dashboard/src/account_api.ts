// Who may come in, and how the book is kept: sessions, second factor, tokens, sharing, channels, jobs.
import { ask, get, post } from './api';

const path = (...parts: string[]) => `/api/${parts.map(encodeURIComponent).join('/')}`;
const remove = (...parts: string[]) => ask<unknown>('DELETE', path(...parts));

export interface Session {
  id: string;
  created_ns: bigint;
  seen_ns: bigint;
  address: string;
  agent: string;
  current: boolean;
}
export const sessions = (signal?: AbortSignal) => get<{ sessions: Session[] }>('/api/sessions', {}, signal).then((a) => a.sessions);
export const endSession = (id: string) => remove('sessions', id);
export const endOthers = () => post<unknown>('/api/sessions/end-others');
export const changePassword = (current: string, fresh: string) => post<unknown>('/api/password', { current, new: fresh });

export const secondFactor = (signal?: AbortSignal) =>
  get<{ enabled: boolean; backup_codes_left: number }>('/api/second-factor', {}, signal);
export const beginFactor = (password: string) => post<{ secret: string; uri: string }>('/api/second-factor', { password });
export const confirmFactor = (code: string) => post<{ backup_codes: string[] }>('/api/second-factor/confirm', { code }).then((a) => a.backup_codes);
export const freshBackupCodes = (password: string) =>
  post<{ backup_codes: string[] }>('/api/second-factor/backup-codes', { password }).then((a) => a.backup_codes);
export const disableFactor = (password: string) => post<unknown>('/api/second-factor/disable', { password });

export const SCOPES = ['read', 'write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];
export interface Token {
  id: string;
  name: string;
  scope: Scope;
  created_ns: bigint;
  expires_ns: bigint | null;
  used_ns: bigint | null;
}
export const tokens = (signal?: AbortSignal) => get<{ tokens: Token[] }>('/api/tokens', {}, signal).then((a) => a.tokens);
export const makeToken = (name: string, scope: Scope, days: number | null) =>
  post<Token & { token: string }>('/api/tokens', { name, scope, ...(days !== null && { days }) });
export const revokeToken = (id: string) => remove('tokens', id);

export interface Person {
  user_id: string;
  name: string;
  role: 'owner' | 'member';
}
export interface Share {
  id: string;
  user_id: string;
  name: string;
  account: string | null;
  may_edit: boolean;
}
export const people = (signal?: AbortSignal) => get<{ people: Person[] }>('/api/people', {}, signal).then((a) => a.people);
export const invite = () => post<{ id: string; code: string; expires_ns: bigint }>('/api/invitations', {});
export const shares = (signal?: AbortSignal) => get<{ given: Share[]; received: Share[] }>('/api/shares', {}, signal);
export const share = (name: string, account: string | null, mayEdit: boolean) =>
  post<{ id: string }>('/api/shares', { name, account, may_edit: mayEdit });
export const unshare = (id: string) => remove('shares', id);
export const acceptInvitation = (code: string, name: string, password: string) =>
  post<unknown>('/api/invitations/accept', { code, name, password });

export const ALERT_KINDS = ['budget', 'budget_will_exceed', 'recurring_new', 'recurring_price', 'recurring_missed',
  'recurring_doubled', 'trial_paid', 'category_anomaly'] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];
export interface Channels {
  email: { enabled: boolean; address: string };
  webhook: { enabled: boolean; url: string; secret_set?: boolean; secret?: string };
  push?: { enabled: boolean; service: 'ntfy' | 'gotify'; url: string; token_set?: boolean; token?: string };
  language?: string;
  kinds: Partial<Record<AlertKind, boolean>>;
  quiet?: { from: string; until: string };
  utc_offset_minutes: number;
  weekly: { enabled: boolean; weekday: number; hour: number };
  email_available?: boolean;
}
export const channels = (signal?: AbortSignal) => get<Channels>('/api/channels', {}, signal);
export type Channel = 'email' | 'webhook' | 'push';
export const saveChannels = ({ email_available: _a, webhook: { secret_set: _s, ...webhook }, ...rest }: Channels) =>
  ask<Channels>('PUT', '/api/channels', { body: { ...rest, webhook } });
export const testChannel = (channel: Channel) => post<unknown>('/api/channels/test', { channel });

export interface Delivery {
  id: string;
  channel: Channel;
  subject: string;
  state: 'waiting' | 'sent' | 'failed' | 'withdrawn';
  attempts: number;
  error: string;
  created_ns: bigint;
  due_ns: bigint;
  sent_ns: bigint;
}
export const deliveries = (signal?: AbortSignal) =>
  get<{ deliveries: Delivery[] }>('/api/deliveries', {}, signal).then((a) => a.deliveries);

export interface AuditEntry {
  id: string;
  at_ns: bigint;
  actor: string;
  action: string;
  subject: string;
  address: string;
}
export const audit = (signal?: AbortSignal) => get<{ entries: AuditEntry[] }>('/api/audit', { limit: 50 }, signal).then((a) => a.entries);
export const deleteAccount = (password: string) => post<unknown>('/api/account/delete', { password });

export interface Job {
  id: string;
  kind: string;
  key: string;
  state: string;
  attempts: number;
  run_at_ns: bigint;
  error: string;
  trace_id?: string;
}
export interface JobService {
  service: string;
  available: boolean;
  counts: Partial<Record<'ready' | 'leased' | 'dead' | 'done' | 'failed_attempts', number>>;
  jobs: Job[];
}
export const jobs = (signal?: AbortSignal) => get<{ services: JobService[] }>('/api/jobs', { state: 'dead', limit: 50 }, signal).then((a) => a.services);
export const decideJob = (service: string, id: string, verdict: 'retry' | 'drop') => post<unknown>(path('jobs', service, id, verdict));
