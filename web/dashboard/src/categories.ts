// The twenty categories by their stable ids; names and marks are translated.
import { t, type Key } from './i18n';

export const CATEGORIES = [
  'income', 'transfer', 'cash', 'groceries', 'dining', 'shopping', 'housing', 'utilities', 'home', 'transport',
  'travel', 'entertainment', 'health', 'personal_care', 'education', 'insurance', 'services', 'fees', 'debt',
  'taxes_giving',
] as const;
export type CategoryId = (typeof CATEGORIES)[number];

// Under this confidence a row waits for a person.
export const SURE = 0.6;

export function isCategory(id: string): id is CategoryId {
  return (CATEGORIES as readonly string[]).includes(id);
}

export function nameOf(id: string): string {
  return isCategory(id) ? t(`category.${id}` as Key) : t('category.uncategorized');
}

export function markOf(id: string): string {
  return isCategory(id) ? t(`mark.${id}` as Key) : '?';
}

// Spending is what is neither income nor a move between own accounts.
export function isSpending(id: string): boolean {
  return id !== 'income' && id !== 'transfer';
}

// How a category matches what is typed: a name that begins so comes first, then a word, then any part.
export function searchCategories(typed: string, first: readonly string[] = []): CategoryId[] {
  const needle = typed.trim().toLocaleLowerCase();
  const rank = (id: CategoryId): number => {
    const name = nameOf(id).toLocaleLowerCase();
    if (needle === '') return first.includes(id) ? first.indexOf(id) - first.length : 0;
    if (name.startsWith(needle) || markOf(id).toLocaleLowerCase() === needle) return 0;
    return name.split(/[\s&]+/).some((word) => word.startsWith(needle)) ? 1 : name.includes(needle) ? 2 : 9;
  };
  return CATEGORIES.map((id) => ({ id, rank: rank(id) }))
    .filter((entry) => entry.rank < 9)
    .sort((a, b) => a.rank - b.rank)
    .map((entry) => entry.id);
}
