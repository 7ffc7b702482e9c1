// What a deployment set for Jaeger's pages (awry serve --ui-config), as far as it means something here:
// menu, search.maxLimit, dependencies.menuEnabled, monitor.menuEnabled, linkPatterns. The keys are Jaeger's.

export interface MenuLink { label: string; url: string; target?: '_blank' }
interface LinkPattern { type: string; key: string[]; url: string; text: string }
export interface Config { menu: MenuLink[]; maxLimit: number; graph: boolean; monitor: boolean; linkPatterns: LinkPattern[] }

const LIMIT_MAX = 1500;
const list = (value: unknown): any[] => (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]);

/** Addresses are of the web or of this server: a configured "javascript:" is none. */
export function safeUrl(url: unknown): string | null {
  if (typeof url !== 'string' || url === '') return null;
  try { return ['http:', 'https:', 'mailto:'].includes(new URL(url, 'http://here/').protocol) ? url : null; } catch { return null; }
}

function menuOf(value: unknown): MenuLink[] {
  return list(value).flatMap((entry): MenuLink[] => {
    if (entry === null || typeof entry !== 'object') return [];
    if (Array.isArray(entry.items)) return menuOf(entry.items);
    const url = safeUrl(entry.url);
    return url && typeof entry.label === 'string' ? [{ label: entry.label, url, ...(entry.anchorTarget === '_blank' ? { target: '_blank' as const } : {}) }] : [];
  });
}

export function readConfig(raw: any): Config {
  const limit = Number(raw?.search?.maxLimit);
  return {
    menu: menuOf(raw?.menu),
    maxLimit: Number.isInteger(limit) && limit > 0 ? Math.min(limit, 10_000) : LIMIT_MAX,
    graph: raw?.dependencies?.menuEnabled !== false,
    monitor: raw?.monitor?.menuEnabled !== false,
    linkPatterns: list(raw?.linkPatterns).flatMap((p) => {
      const keys = list(p?.key).filter((k) => typeof k === 'string');
      return typeof p?.url === 'string' && typeof p?.text === 'string' && keys.length > 0 ? [{ type: String(p.type ?? 'tags'), key: keys, url: p.url, text: p.text }] : [];
    }),
  };
}

let known: Config | null = null;

export function config(): Config {
  known ??= readConfig((globalThis as any).getJaegerUiConfig?.() ?? null);
  return known;
}

/** The links that the deployment's patterns give a tag: `#{key}` stands for the tag's value. `type`: tags, process or logs. */
export function linksOfTag(type: string, key: string, value: string, patterns = config().linkPatterns): { url: string; text: string }[] {
  return patterns.filter((p) => p.type === type && p.key.includes(key)).flatMap((p) => {
    const fill = (text: string, encode: (v: string) => string) => text.replace(/#\{([^}]*)\}/g, (whole, name: string) => (name === key ? encode(value) : whole));
    const url = fill(p.url, encodeURIComponent);
    return safeUrl(url) && !/#\{/.test(url) ? [{ url, text: fill(p.text, (v) => v) }] : [];
  });
}
