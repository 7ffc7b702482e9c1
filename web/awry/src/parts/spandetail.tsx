// The open details of a span: attributes beside what is usual, resource, events, links, warnings; labels, copies and links.
import { useState } from 'preact/hooks';
import type { JaegerSpan, JaegerTag, JaegerTrace, Label, UnusualFact } from '../api';
import { linksOfTag } from '../config';
import { count, duration } from '../format';
import { tag } from '../tree';
import type { Node } from '../tree';
import { address } from '../route';
import { slot } from '../services';
import { Copy, Value, short } from '../trace/cut';
import { LabelSpan } from '../trace/verdict';
import { Glyph, Svc } from './marks';

export const text = (value: JaegerTag['value']) => String(value);

const quote = (value: string) => `"${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`;
const QUERY_MAX = 300;  // longer values make no sensible query

/** Traces where this span has this value. */
function sameValue(name: string, t: JaegerTag): string | null {
  const value = text(t.value);
  if (value.length > QUERY_MAX || name.length > QUERY_MAX || t.type === 'binary' || t.key.length > QUERY_MAX) return null;
  const key = /^[A-Za-z_][\w.-]*$/.test(t.key) ? t.key : quote(t.key);
  const literal = t.type === 'string' ? quote(value) : value;
  return address(`/search?lookback=all&query=${encodeURIComponent(`{ name = ${quote(name)} && .${key} = ${literal} }`)}`);
}

const FIRST = 60;  // a span of a thousand attributes opens at once, too

/** `kind` is Jaeger's word for where the tags are: it chooses the configured links. */
function Tags({ tags, facts, kind, name }: { tags: JaegerTag[]; facts: UnusualFact[]; kind: 'tags' | 'process' | 'logs'; name?: string }) {
  const [all, showAll] = useState(false);
  const usual = new Map(facts.map((f) => [f.attribute, f]));
  const keys = new Set(tags.map((t) => t.key));
  const missing = facts.filter((f) => !keys.has(f.attribute));
  // What is unusual comes first, as it is what one opens a span for.
  const sorted = [...tags.filter((t) => usual.has(t.key)), ...tags.filter((t) => !usual.has(t.key))];
  const shown = all ? sorted : sorted.slice(0, FIRST);
  return (
    <>
      <table class={`stack tags${facts.length > 0 ? ' three' : ''}`}>
        <thead><tr><th>Attribute</th><th>Here</th>{facts.length > 0 ? <th>Usual</th> : null}<th><span class="vh">Do</span></th></tr></thead>
        <tbody>
          {missing.map((f) => (
            <tr key={f.attribute} class="odd">
              <td class="head"><code>{f.attribute}</code></td><td data-l="here">{f.value ? <code>{f.value}</code> : <span class="dim">missing</span>}</td>
              <td data-l="usual" class="mid"><Usual fact={f} /></td><td />
            </tr>
          ))}
          {shown.map((t, i) => {
            const fact = usual.get(t.key);
            const link = name === undefined ? null : sameValue(name, t);
            return (
              <tr key={`${t.key}${i}`} class={fact ? 'odd' : ''}>
                <td class="head"><code>{short(t.key)}</code></td>
                <td data-l="here"><span class="v"><Shown tag={t} /><Configured kind={kind} tag={t} /></span></td>
                {facts.length > 0 ? <td data-l={fact ? 'usual' : undefined} class="mid">{fact ? <Usual fact={fact} /> : null}</td> : null}
                <td class="do"><span class="v"><Copy text={() => text(t.value)} label="copy" name={`copy ${short(t.key)}`} />
                  {link ? <a href={link} aria-label={`find traces with this ${short(t.key)}`}>find</a> : null}</span></td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {tags.length > shown.length ? <button class="link" onClick={() => showAll(true)}>{count(tags.length - shown.length)} more attributes</button> : null}
    </>
  );
}

/** Addresses are links; everything else, whatever it says, is text. */
function Shown({ tag: t }: { tag: JaegerTag }) {
  const value = text(t.value);
  if (t.type === 'string' && /^https?:\/\/[^\s"<>]{3,500}$/.test(value)) return <a href={value} rel="noopener noreferrer" target="_blank"><code class="value">{value}</code></a>;
  return <><Value text={value} />{t.type === 'binary' ? <span class="dim"> base64</span> : null}</>;
}

/** Links that the deployment has for this key (Jaeger's linkPatterns). */
function Configured({ kind, tag: t }: { kind: string; tag: JaegerTag }) {
  return <>{linksOfTag(kind, t.key, text(t.value)).map((l) => <> <a key={l.url} href={l.url} rel="noopener noreferrer" target="_blank">{short(l.text)}</a></>)}</>;
}

export function Usual({ fact }: { fact: UnusualFact }) {
  return <span class="v"><Glyph name="unusual" /> <code>{fact.usual}</code>{fact.of > 0 ? <span class="mid"> in {count(fact.with)} of {count(fact.of)}</span> : null}</span>;
}

type Part = 'Resource' | 'Events' | 'Links';

export function SpanDetail({ node, trace, facts, start, labels, changed }: {
  node: Node; trace: JaegerTrace; facts: UnusualFact[]; start: number; labels: Label[]; changed: () => void;
}) {
  const { span } = node;
  const resource = trace.processes[span.processID]?.tags ?? [];
  const links = span.references.filter((r) => !(r.refType === 'CHILD_OF' && r.traceID === span.traceID && r.spanID === node.parent?.span.spanID));
  const [open, setOpen] = useState<Part | ''>(node.error && span.logs.length > 0 ? 'Events' : '');
  const fold = (name: Part, n: number) => (n === 0 ? <span class="dim">{name} 0</span>
    : <button class="link" aria-expanded={open === name} onClick={() => setOpen(open === name ? '' : name)}>{name} {n}</button>);
  const kind = tag(span, 'span.kind');
  return (
    <div class={`detail s${slot(node.service)}`} style={{ '--d': Math.min(node.depth, 20) }} role="listitem" aria-label={`details of ${short(span.operationName)}`}>
      <div class="meta">
        <b>{short(span.operationName)}</b><Svc name={node.service} /><span>starts at {duration(node.start)}</span>
        <span>lasts {duration(node.end - node.start)}{node.children.length > 0 ? `, self ${duration(node.self)}` : ''}</span>
        {kind ? <span>{text(kind)}</span> : null}<span>span <code>{span.spanID}</code></span>
      </div>
      <Odd node={node} />
      <Tags tags={span.tags} facts={facts} kind="tags" name={span.operationName} />
      <div class="fold">
        {fold('Resource', resource.length)}{fold('Events', span.logs.length)}{fold('Links', links.length)}
        <Copy text={() => JSON.stringify(span, null, 2)} label="Copy JSON" />
        <Copy text={() => location.origin + address(`/trace/${span.traceID}?uiFind=${span.spanID}`)} label="Copy link" />
        <a href={address(`/trace/${span.traceID}?uiFind=${span.spanID}`)}>Link to this span</a>
        <LabelSpan traceId={span.traceID} spanId={span.spanID} labels={labels} changed={changed} />
      </div>
      {open === 'Resource' ? <Tags tags={resource} facts={[]} kind="process" /> : null}
      {open === 'Events' ? <Events span={span} start={start} /> : null}
      {open === 'Links' ? <ul class="block">{links.map((l, i) => (
        <li key={i}>{l.refType === 'FOLLOWS_FROM' ? 'follows from' : 'child of'} <a href={address(`/trace/${l.traceID}?uiFind=${l.spanID}`)}>
          span <code>{l.spanID}</code>{l.traceID === span.traceID ? ' of this trace' : <> of trace <code>{l.traceID}</code></>}</a></li>))}</ul> : null}
    </div>
  );
}

function Odd({ node }: { node: Node }) {
  const lines = [
    ...(node.orphan ? ['Its parent is not in the trace: it never arrived, or the two name each other.'] : []),
    ...(node.twin ? ['Another span of this trace has the same id.'] : []),
    ...(node.span.warnings ?? []),
  ];
  return <>{lines.map((line) => <p class="c-slow small" key={line}><Glyph name="slow" /> {line}</p>)}</>;
}

const EVENTS_FIRST = 20;

function Events({ span, start }: { span: JaegerSpan; start: number }) {
  const [all, showAll] = useState(false);
  const logs = all ? span.logs : span.logs.slice(0, EVENTS_FIRST);
  return (
    <>
      {logs.map((log, i) => {
        const name = log.fields.find((f) => f.key === 'event')?.value;
        return (
          <div class="event" key={i}>
            <p class="eventhead"><b>{name === undefined ? 'event' : short(text(name))}</b> at {duration(log.timestamp - start)}, {duration(log.timestamp - span.startTime)} into the span</p>
            <Tags tags={log.fields.filter((f) => f.key !== 'event')} facts={[]} kind="logs" />
          </div>
        );
      })}
      {span.logs.length > logs.length ? <button class="link" onClick={() => showAll(true)}>{count(span.logs.length - logs.length)} more events</button> : null}
    </>
  );
}
