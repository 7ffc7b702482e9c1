// Chooses a category by typing: letters filter, arrows move, Enter takes, Escape leaves.
import { useEffect, useRef, useState } from 'preact/hooks';
import { nameOf, searchCategories } from '../categories';
import { t } from '../i18n';
import { Swatch } from './chip';

interface Props {
  first: readonly string[]; // shown on top while nothing is typed
  onPick: (category: string) => void;
  onLeave: () => void;
}

export function CategoryPicker({ first, onPick, onLeave }: Props) {
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const found = searchCategories(typed, first);
  useEffect(() => input.current?.focus(), []);
  useEffect(() => list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' }), [at]);

  const press = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === 'ArrowDown') setAt(Math.min(at + 1, found.length - 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(at - 1, 0));
    else if (event.key === 'Escape') onLeave();
    else if (event.key === 'Enter') {
      const chosen = found[at];
      if (chosen) onPick(chosen);
    } else return;
    event.preventDefault();
  };

  return (
    <div class="picker">
      <input ref={input} class="field" type="text" role="combobox" aria-expanded="true" aria-controls="picker-list"
        aria-activedescendant={found[at] ? `pick-${found[at]}` : undefined} aria-label={t('picker.label')}
        placeholder={t('picker.placeholder')} autocomplete="off" value={typed}
        onInput={(event) => { setTyped(event.currentTarget.value); setAt(0); }} onKeyDown={press} />
      <ul ref={list} id="picker-list" role="listbox" aria-label={t('picker.label')}>
        {found.map((id, i) => (
          <li key={id} id={`pick-${id}`} role="option" aria-selected={i === at} data-category={id}
            onMouseDown={(event) => event.preventDefault()} onClick={() => onPick(id)}>
            <Swatch category={id} />{nameOf(id)}
          </li>
        ))}
        {found.length === 0 && <li class="none">{t('picker.none')}</li>}
      </ul>
    </div>
  );
}
