// Colour slot and monogram of a service: by first appearance, then kept on this browser.
const key = 'awry.services';
let order: string[] | null = null;

function load(): string[] {
  if (order) return order;
  try { order = JSON.parse(localStorage.getItem(key) ?? '[]') as string[]; } catch { order = []; }
  if (!Array.isArray(order)) order = [];
  return order;
}

/** 1 to 8, as in --s1 … --s8. */
export function slot(service: string): number {
  const list = load();
  let at = list.indexOf(service);
  if (at < 0) {
    at = list.push(service) - 1;
    try { localStorage.setItem(key, JSON.stringify(list.slice(0, 500))); } catch { /* private mode: this page only */ }
  }
  return (at % 8) + 1;
}

/** Two letters: of the first two words, or of the only one. */
export function monogram(service: string): string {
  const words = service.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const letters = words.length > 1 ? words[0]![0]! + words[1]![0]! : (words[0] ?? '??').slice(0, 2);
  return letters.toUpperCase();
}
