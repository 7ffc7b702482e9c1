// The open details of a span: attributes beside what is usual, resource, events, links, warnings.
import { useState } from 'preact/hooks';
import type { JaegerSpan, JaegerTag, JaegerTrace, UnusualFact } from '../api';
import { duration } from '../format';
import type { Node } from '../tree';
import { address } from '../route';
import { slot } from '../services';
import { Glyph } from './marks';

export const text = (value: JaegerTag['value']) => String(value);

const quoted = (tag: JaegerTag) => (tag.type === 'string' ? `"${text(tag.value).replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"` : text(tag.value));

function Tags({ tags, facts }: { tags: JaegerTag[]; facts: UnusualFact[] }) {
  const usual = new Map(facts.map((f) => [f.attribute, f]));
  const keys = new Set(tags.map((t) => t.key));
  const missing = facts.filter((f) => !keys.has(f.attribute));
  return (
    <table class="stack">
      <thead><tr><th>Attribute</th><th>Here</th>{facts.length > 0 ? <th>Usual</th> : null}</tr></thead>
      <tbody>
        {tags.map((t, i) => {
          const fact = usual.get(t.key);
          return (
            <tr key={`${t.key}${i}`} class={fact ? 'odd' : ''}>
              <td class="head"><code>{t.key}</code></td>
              <td data-l="here"><code>{text(t.value)}</code></td>
              {facts.length > 0 ? <td data-l="usual" class="mid">{fact ? <Usual fact={fact} /> : null}</td> : null}
            </tr>
          );
        })}
        {missing.map((f) => (
          <tr key={f.attribute} class="odd">
            <td class="head"><code>{f.attribute}</code></td><td data-l="here">{f.value ? <code>{f.value}</code> : <span class="dim">missing</span>}</td>
            <td data-l="usual" class="mid"><Usual fact={f} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Usual({ fact }: { fact: UnusualFact }) {
  return <span class="v"><Glyph name="unusual" /> <code>{fact.usual}</code>{fact.of > 0 ? <span class="dim"> in {fact.with.toLocaleString('en-US')} of {fact.of.toLocaleString('en-US')}</span> : null}</span>;
}

export function SpanDetail({ node, trace, facts, start }: { node: Node; trace: JaegerTrace; facts: UnusualFact[]; start: number }) {
  const [open, setOpen] = useState('');
  const { span } = node;
  const resource = trace.processes[span.processID]?.tags ?? [];
  const links = span.references.filter((r) => !(r.refType === 'CHILD_OF' && r.traceID === span.traceID));
  const fold = (name: string, n: number) => (n === 0 ? <span class="dim">{name} 0</span>
    : <button class="btn bare" aria-expanded={open === name} onClick={() => setOpen(open === name ? '' : name)}>{name} {n}</button>);
  return (
    <div class={`detail s${slot(node.service)}`} style={{ '--d': node.depth }}>
      <div class="meta">
        <span>{node.service}</span><span>starts at {duration(node.start)}</span><span>lasts {duration(span.duration)}</span>
        <span>span <code>{span.spanID}</code></span>{node.orphan ? <span class="c-slow">its parent never arrived</span> : null}
      </div>
      <Tags tags={span.tags} facts={facts} />
      {(span.warnings ?? []).map((w) => <p class="c-slow small" key={w}>{w}</p>)}
      <div class="fold">
        {fold('Resource', resource.length)}{fold('Events', span.logs.length)}{fold('Links', links.length)}
        <button class="btn bare" onClick={() => void navigator.clipboard?.writeText(JSON.stringify(span, null, 2))}>Copy JSON</button>
        <a href={address(`/trace/${span.traceID}?uiFind=${span.spanID}`)}>Link to this span</a>
      </div>
      {open === 'Resource' ? <Tags tags={resource} facts={[]} /> : null}
      {open === 'Events' ? span.logs.map((log, i) => (
        <div class="block" key={i}><h3>at {duration(log.timestamp - start)}</h3><Tags tags={log.fields} facts={[]} /></div>)) : null}
      {open === 'Links' ? <ul class="block">{links.map((l) => (
        <li key={l.traceID + l.spanID}>{l.refType === 'FOLLOWS_FROM' ? 'follows from' : 'child of'} <a href={address(`/trace/${l.traceID}?uiFind=${l.spanID}`)}><code>{l.traceID}</code></a></li>))}</ul> : null}
      <Same span={span} />
    </div>
  );
}

function Same({ span }: { span: JaegerSpan }) {
  const tag = span.tags.find((t) => t.key === 'user_id') ?? span.tags.find((t) => t.type === 'string');
  if (!tag) return null;
  const query = `{ name = "${span.operationName.replace(/"/g, '\\"')}" && .${tag.key} = ${quoted(tag)} }`;
  return <p class="small tight"><a href={address(`/search?lookback=all&query=${encodeURIComponent(query)}`)}>Traces with this {tag.key}</a></p>;
}
