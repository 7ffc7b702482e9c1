// What a page shows while there is nothing to show: waiting, an error, or nothing yet.
import type { ComponentChildren } from 'preact';
import { ApiError } from '../api';
import { t } from '../i18n';

export function Waiting({ rows = 6 }: { rows?: number }) {
  const widths = ['w70', 'w92', 'w55'];
  return (
    <div class="waiting" role="status">
      <span class="vh">{t('loading')}</span>
      {Array.from({ length: rows }, (_unused, i) => <div key={i} class={`skel ${widths[i % widths.length]}`} />)}
    </div>
  );
}

// What happened, what is safe, what to do.
export function wordsFor(error: unknown): { what: string; more: string } {
  if (error instanceof ApiError) {
    if (error.status === 0) return { what: t('error.unreachable'), more: t('error.unreachable.more') };
    if (error.status === 503) return { what: t('error.away'), more: error.message };
    if (error.status === 403) return { what: t('error.forbidden'), more: error.message };
    if (error.status === 404) return { what: t('error.missing'), more: error.message };
    if (error.status < 500) return { what: t('error.refused'), more: error.message };
  }
  return { what: t('error.unknown'), more: error instanceof Error ? error.message : '' };
}

export function ErrorBox({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const { what, more } = wordsFor(error);
  return (
    <div class="err" role="alert">
      <b>{what}</b> {more}{' '}
      {onRetry && <button type="button" class="linklike" onClick={onRetry}>{t('error.retry')}</button>}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children: ComponentChildren }) {
  return <div class="empty"><h2>{title}</h2>{children}</div>;
}

// Shows the value, or why there is none yet.
export function Shown<T>({ loaded, children, rows }: {
  loaded: { value: T | undefined; error: unknown; slow: boolean; reload: () => void };
  children: (value: T) => ComponentChildren;
  rows?: number;
}) {
  if (loaded.error !== undefined) return <ErrorBox error={loaded.error} onRetry={loaded.reload} />;
  if (loaded.value === undefined) return loaded.slow ? <Waiting rows={rows ?? 6} /> : null;
  return <>{children(loaded.value)}</>;
}
