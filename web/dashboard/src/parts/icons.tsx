import type { ComponentChildren } from 'preact';

function Icon({ children, width = 1.7 }: { children: ComponentChildren; width?: number }) {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width={width} stroke-linecap="round"
      stroke-linejoin="round" aria-hidden="true">{children}</svg>
  );
}

export const HouseIcon = () => <Icon width={1.8}><path d="M2.5 9 10 3l7.5 6v8.5h-15z" /><path d="M6 11.5h8M6 14.5h5" /></Icon>;
export const OverviewIcon = () => <Icon><path d="M3 9.5 10 4l7 5.5V17h-5v-4H8v4H3z" /></Icon>;
export const RowsIcon = () => <Icon><path d="M3 5h14M3 10h14M3 15h9" /></Icon>;
export const ImportIcon = () => <Icon><path d="M10 3v9m-4-4 4 4 4-4M3 16h14" /></Icon>;
export const BudgetsIcon = () => <Icon><path d="M3 6h14M3 6v3h10V6M3 13h14M3 13v3h6v-3" /></Icon>;
export const FlowIcon = () => <Icon><path d="M2 5c8 0 8 10 16 10M2 5c8 0 8 3 16 3" /></Icon>;
export const MoreIcon = () => <Icon width={2.6}><path d="M4 10h.01M10 10h.01M16 10h.01" /></Icon>;
export const AlertIcon = () => <Icon><path d="M10 3v8M10 15h.01" stroke-width="2.4" /></Icon>;

// What becomes of a row of a file.
export function OutcomeIcon({ outcome }: { outcome: string }) {
  const path = { new: 'M7 2v10M2 7h10', duplicate: 'M2 5h10M2 9h10', match: 'm2 7 3.5 3.5L12 3.5',
    transfer: 'M1 5h11L9 2M13 9H2l3 3' }[outcome] ?? 'M7 2v6M7 11v.5';
  return (
    <svg viewBox="0 0 14 14" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"
      aria-hidden="true"><path d={path} /></svg>
  );
}
