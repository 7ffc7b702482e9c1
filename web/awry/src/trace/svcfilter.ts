// The visible services in a link, as Jaeger 2.20 writes them: `svcFilter=<checksum>.<mask>`. The checksum, 4 hex digits, is over the
// sorted names joined by NUL; bit i of the hex mask is the i-th name.

export function checksum(sorted: string[]): string {
  const text = sorted.join('\0');
  let h = 0x811c;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x0101) & 0xffff;
  return h.toString(16).padStart(4, '0');
}

/** Null when everything is visible, or nothing. */
export function writeFilter(services: string[], hidden: ReadonlySet<string>): string | null {
  const sorted = [...services].sort();
  let mask = 0n;
  sorted.forEach((name, i) => { if (!hidden.has(name)) mask |= 1n << BigInt(i); });
  const all = (1n << BigInt(sorted.length)) - 1n;
  return mask === 0n || mask === all ? null : `${checksum(sorted)}.${mask.toString(16)}`;
}

/** The hidden services; none when the link is of other services than these, or is no such link. */
export function readFilter(services: string[], text: string): Set<string> {
  const sorted = [...services].sort();
  const match = /^([0-9a-f]{4})\.([0-9a-f]+)$/i.exec(text);
  if (!match || match[1]!.toLowerCase() !== checksum(sorted) || match[2]!.length > Math.ceil(sorted.length / 4) + 1) return new Set();
  const mask = BigInt(`0x${match[2]}`);
  const hidden = new Set(sorted.filter((_, i) => (mask & (1n << BigInt(i))) === 0n));
  return hidden.size === sorted.length ? new Set() : hidden;
}
