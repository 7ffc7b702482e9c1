// A ruled sheet: a rule, a head with its note and link, and rows.
import type { ComponentChildren } from 'preact';
import { follow } from '../route';

export function Section({ title, note = '', link, lead = false, children }:
{ title: string; note?: string; link?: [string, string]; lead?: boolean; children: ComponentChildren }) {
  return (
    <section class={lead ? 'sec lead' : 'sec'}>
      <header>
        <h2>{title}</h2><span class="note">{note}</span>
        {link && <a href={link[0]} onClick={follow}>{link[1]}</a>}
      </header>
      {children}
    </section>
  );
}
