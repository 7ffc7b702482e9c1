// What is known of a trace before one looks at its spans: labels, what is unusual, checks that it breaks.
import { getViolations } from '../api';
import type { Label, UnusualFact } from '../api';
import { withParams } from '../charts/parts';
import { count, when } from '../format';
import { useLoad } from '../load';
import { Glyph, Svc } from '../parts/marks';
import { address } from '../route';
import type { Tree } from '../tree';
import { short } from './cut';

const FACTS_FIRST = 6;

export function Summary({ tree, labels, facts, looked, failed, edit }: {
  tree: Tree; labels: Label[]; facts: UnusualFact[]; looked: boolean; failed: string; edit: () => void;
}) {
  const label = labels.find((l) => l.label === 'wrong') ?? labels[0];
  if (!label && facts.length === 0 && failed === '') return null;
  return (
    <section class="sec first">
      <div class="rail">{label
        ? <><p class={`state ${label.label === 'wrong' ? 'c-wrong' : 'c-right'}`}><Glyph name={label.label} />Labelled {label.label}</p>
          <p>{label.created_at ? when(Date.parse(label.created_at)) : ''}{label.source ? `, from ${label.source === 'awry-ui' ? 'this page' : short(label.source)}` : ''}</p>
          {labels.length > 1 ? <p>{count(labels.length)} labels in all</p> : null}</>
        : <p class="state c-unusual"><Glyph name="unusual" />Unusual</p>}</div>
      <div>
        <p>
          {label?.label === 'wrong' && (label.actual || label.expected) ? <>{label.actual ? <>Answered <b class="c-wrong">{short(label.actual)}</b>{label.expected ? ', ' : '. '}</> : null}{label.expected ? <>expected <b class="c-right">{short(label.expected)}</b>. </> : null}</> : null}
          {label?.label === 'wrong' && label.source === 'awry-ui' ? <><button class="link" onClick={edit}>{label.expected ? 'Change' : 'Say what would have been right'}</button> </> : null}
          {label?.note ? <>Note: “{short(label.note)}” </> : null}
          {tree.errors > 0 ? '' : 'Nothing failed: no span has an error. '}
          {failed ? `What is unusual is not known: ${failed}` : !looked ? 'Looking for what is unusual.' : facts.length === 0 ? 'No fact of it is unusual.' : `${count(facts.length)} ${facts.length === 1 ? 'fact is' : 'facts are'} unusual.`}
        </p>
        {facts.length > 0 ? <FactList tree={tree} facts={facts} /> : null}
      </div>
    </section>
  );
}

function FactList({ tree, facts }: { tree: Tree; facts: UnusualFact[] }) {
  return (
    <>
      <ul class="facts tight">{facts.slice(0, FACTS_FIRST).map((f, i) => {
        const node = tree.byKey.get(f.span_id);
        return (
          <li key={i}>
            <span class="nw">{node ? <Svc name={node.service} short /> : null} <a href={address(withParams({ uiFind: f.span_id, view: '' }))}>{node ? short(node.span.operationName) : f.span_id}</a></span>
            <span><code>{f.attribute}</code> {f.value ? <code>{f.value}</code> : 'missing'} usually <code>{f.usual}</code></span>
            <span class="dim">{f.of > 0 ? `${count(f.with)} of ${count(f.of)}` : ''}</span>
          </li>
        );
      })}</ul>
      {facts.length > FACTS_FIRST ? <p class="dim small">{count(facts.length - FACTS_FIRST)} more are marked on their spans; <kbd>n</kbd> goes to the next.</p> : null}
    </>
  );
}

/** Checks that this trace breaks. */
export function Broken({ traceId }: { traceId: string }) {
  const broken = useLoad(() => getViolations({ trace_id: traceId, limit: 100 }), [traceId]);
  const list = broken.data?.violations ?? [];
  if (list.length === 0) return null;
  return (
    <section class="sec">
      <div class="rail"><p class="state c-wrong"><Glyph name="wrong" />{list.length === 1 ? 'Breaks a check' : `Breaks ${count(list.length)} checks`}</p></div>
      <ul>{list.map((v) => (
        <li key={v.id}><a href={address(`/checks?check=${encodeURIComponent(v.check)}`)}><code>{short(v.check)}</code></a> <span class="dim">{v.severity}</span>
          {v.span ? <> in <Svc name={v.span.service} short /> <a href={address(withParams({ uiFind: v.span.span_id, view: '' }))}>{short(v.span.name)}</a></> : null}</li>
      ))}</ul>
    </section>
  );
}
