// Single-letter keys: none fires while a field has focus, and all can be switched off.
import { useEffect, useRef, useState } from 'preact/hooks';
import { t, type Key } from '../i18n';

const OFF = 'finance.keys_off';

function inField(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input:not([type=radio], [type=checkbox]), select, textarea, [contenteditable], [role=dialog], dialog') !== null;
}

export function useKeys(actions: Record<string, () => void>): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
      if (localStorage.getItem(OFF) !== null && event.key !== 'Escape') return;
      const action = latest.current[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      const presses = event.target instanceof Element && event.target.closest('a, button, summary') !== null;
      if (!action || (event.key === 'Enter' && presses)) return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}

function useSwitch(): { off: boolean; turn: () => void } {
  const [off, setOff] = useState(() => localStorage.getItem(OFF) !== null);
  const turn = () => {
    if (off) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, '1');
    setOff(!off);
  };
  return { off, turn };
}

export function KeySwitch() {
  const { off, turn } = useSwitch();
  return <button type="button" class="linklike" onClick={turn}>{off ? t('keys.on') : t('keys.off')}</button>;
}

export function KeyHelp({ keys }: { keys: [string, Key][] }) {
  const { off, turn } = useSwitch();
  return (
    <div class="keys only-wide">
      {!off && [...keys, ['?', 'key.all'] as [string, Key]].map(([key, name]) => <span key={key}><kbd>{key}</kbd> {t(name)}</span>)}
      <button type="button" class="linklike" onClick={turn}>{off ? t('keys.on') : t('keys.off')}</button>
    </div>
  );
}
