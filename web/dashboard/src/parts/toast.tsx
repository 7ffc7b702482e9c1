// One short message at the foot of the page, with a way back.
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n';

interface Message {
  text: string;
  undo?: (() => void) | undefined;
  bad?: boolean | undefined;
}

let show: (message: Message | null) => void = () => {};
const SHOWN_MS = 8000;

export function say(text: string, undo?: () => void): void {
  show({ text, undo });
}

export function sayError(text: string): void {
  show({ text, bad: true });
}

export function Toast() {
  const [message, setMessage] = useState<Message | null>(null);
  show = setMessage;
  useEffect(() => {
    if (!message) return undefined;
    const timer = setTimeout(() => setMessage(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [message]);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {message && (
        <div class={message.bad ? 'toast bad' : 'toast'}>
          <span>{message.text}</span>
          {message.undo && (
            <button type="button" class="btn" onClick={() => { setMessage(null); message.undo?.(); }}>{t('undo')}</button>
          )}
          <button type="button" class="btn bare" aria-label={t('close')} onClick={() => setMessage(null)}>✕</button>
        </div>
      )}
    </div>
  );
}
