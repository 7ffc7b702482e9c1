// Light or dark: as the system, unless chosen here; an embedding page may choose with ?uiTheme=.
const key = 'awry.theme';

export type Theme = '' | 'light' | 'dark';

export function chosenTheme(): Theme {
  try {
    const kept = localStorage.getItem(key);
    return kept === 'light' || kept === 'dark' ? kept : '';
  } catch { return ''; }
}

/** Shows `asked` (light, dark; null: the person's own choice). */
export function applyTheme(asked: string | null): void {
  const theme = asked === 'light' || asked === 'dark' ? asked : chosenTheme();
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

export function chooseTheme(theme: Theme): void {
  try {
    if (theme) localStorage.setItem(key, theme);
    else localStorage.removeItem(key);
  } catch { /* private mode: this page only */ }
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}
